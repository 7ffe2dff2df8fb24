import { types } from 'node:util';
import { PullmedicError, type RetryAdvice } from '../../domain/errors.ts';

/** https://www.sqlite.org/rescode.html: BUSY, LOCKED, NOMEM, INTERRUPT, IOERR, FULL may pass. */
const TRANSIENT_CODES = new Set([5, 6, 7, 9, 10, 13]);

type ErrorKind = new (
  message: string,
  options: { readonly retry: RetryAdvice; readonly cause?: unknown },
) => PullmedicError;

/** What the embedded engine throws for what SQLite threw; anything that is not SQLite's stays as it is: a bug. */
export function fromSqliteError(Kind: ErrorKind, attempted: string, error: unknown): unknown {
  if (error instanceof PullmedicError || !types.isNativeError(error)) return error;
  const code = 'code' in error ? error.code : undefined;

  // The database was closed: this process is ending, and the next one can do it.
  if (code === 'ERR_INVALID_STATE')
    return new Kind(`${attempted}: the database is closed`, { retry: 'retry', cause: error });
  if (code !== 'ERR_SQLITE_ERROR') return error;

  const resultCode = 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : 0;
  const retry = TRANSIENT_CODES.has(resultCode) ? 'retry' : 'give-up';
  return new Kind(`${attempted}: SQLite error ${resultCode}`, { retry, cause: error });
}
