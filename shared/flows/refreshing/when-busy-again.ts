import pRetry from 'p-retry';
import { ClusterError } from '../../domain/errors.ts';

/** An API server that wants fewer calls, or fails for a moment, is asked again this often. */
const RETRIES = 2;
const RETRY_AFTER_MS = 300;

/** Tries a call again on 429 and 5xx. No answer at all was tried twice already, by the connection. */
export function whenBusyAgain<T>(call: () => Promise<T>): Promise<T> {
  return pRetry(call, {
    retries: RETRIES,
    minTimeout: RETRY_AFTER_MS,
    randomize: true,
    shouldRetry: ({ error }) =>
      error instanceof ClusterError && error.status !== undefined && error.status !== 401 && error.retry === 'retry',
  });
}
