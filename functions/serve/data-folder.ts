import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StoreError } from '../../shared/domain/errors.ts';

/** The folder of one `pullmedic serve`, held until `release`. */
export interface DataFolder {
  /** State and jobs: the one file that matters. */
  readonly database: string;
  release(): void;
}

/**
 * Takes a folder for this process alone. Two processes on one file would each keep the rhythm, the limits and the
 * counters of half the work, so the second is refused. The lock is the operating system's, on a file of its own: it
 * ends with the process, however that ends, and nothing stale is ever left to clean up.
 * @throws {StoreError} when another process holds it, or it cannot be written
 */
export function holdDataFolder(folder: string): DataFolder {
  let lock: DatabaseSync | undefined;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    lock = new DatabaseSync(join(folder, 'serve.lock'), { timeout: 0 });
    // Never committed: the write lock is what is wanted, not the write.
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock?.close();
    throw isBusy(error)
      ? new StoreError(`${folder} is in use by another pullmedic serve: end that one, or give another --data`, {
          retry: 'give-up',
          cause: error,
        })
      : new StoreError(`${folder} cannot be written: ${error instanceof Error ? error.message : String(error)}`, {
          retry: 'give-up',
          cause: error,
        });
  }
  const held = lock;
  return { database: join(folder, 'pullmedic.db'), release: () => held.close() };
}

/** https://www.sqlite.org/rescode.html#busy */
const SQLITE_BUSY = 5;

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
}
