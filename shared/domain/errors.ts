/** What a caller may do: `retry` = transient, the same call may work later; `give-up` = it never will. */
export type RetryAdvice = 'retry' | 'give-up';

/** Every failure of a port. Anything else that is thrown is a bug and crashes the invocation. */
export abstract class PullmedicError extends Error {
  abstract readonly code: string;
  readonly retry: RetryAdvice;

  constructor(message: string, options: { readonly retry: RetryAdvice; readonly cause?: unknown }) {
    super(message, { cause: options.cause });
    this.name = new.target.name;
    this.retry = options.retry;
  }
}

/** The cluster's API server refused or failed a call. */
export class ClusterError extends PullmedicError {
  // Written out: a bundle's minifier renames classes.
  override readonly name = 'ClusterError';
  readonly code = 'cluster';
  readonly status: number | undefined;

  constructor(verb: string, target: string, status: number | undefined, cause?: unknown) {
    super(`${verb} ${target}: ${status ?? 'no response'}`, {
      retry: status === undefined || status === 429 || status >= 500 ? 'retry' : 'give-up',
      cause,
    });
    this.status = status;
  }
}

/** The store did not take or give a record. Nothing was written unless a transaction says so. */
export class StoreError extends PullmedicError {
  override readonly name = 'StoreError';
  readonly code = 'store';
}

/** The queue did not take, give or change a job. */
export class QueueError extends PullmedicError {
  override readonly name = 'QueueError';
  readonly code = 'queue';
}

/** An Alertmanager did not take an alert, or did not tell its silences. */
export class AlertmanagerError extends PullmedicError {
  override readonly name = 'AlertmanagerError';
  readonly code = 'alertmanager';
}

/** Slack refused or failed a call. */
export class ChatError extends PullmedicError {
  override readonly name = 'ChatError';
  readonly code = 'chat';
  /** Slack's own error word, such as `channel_not_found` or `ratelimited`. */
  readonly reason: string;
  /** Seconds to wait, where Slack said so (HTTP 429). */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    method: string,
    reason: string,
    options: { readonly retry: RetryAdvice; readonly retryAfterSeconds?: number | undefined; readonly cause?: unknown },
  ) {
    super(`Slack ${method}: ${reason}`, options);
    this.reason = reason;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** Configuration that cannot be used: the message names the file, the key and what it must be. */
export class ConfigError extends PullmedicError {
  override readonly name = 'ConfigError';
  readonly code = 'config';

  constructor(message: string, cause?: unknown) {
    super(message, { retry: 'give-up', cause });
  }
}

/** A credential given by reference could not be read. */
export class CredentialError extends PullmedicError {
  override readonly name = 'CredentialError';
  readonly code = 'credential';
}

/** AWS gave no registry token. The message names role, region and AWS's own error; nothing of a credential. */
export class IssueError extends PullmedicError {
  override readonly name = 'IssueError';
  readonly code = 'issue';
  /**
   * - `role-refused`: a role of the chain may not be assumed
   * - `token-refused`: the role may not ask for a token
   * - `credentials-expired`: the identity that asks has ended or is not valid
   * - `throttled`: AWS wants fewer calls, after all tries
   * - `unavailable`: no answer, or a fault on AWS's side
   */
  readonly reason: 'role-refused' | 'token-refused' | 'credentials-expired' | 'throttled' | 'unavailable';

  constructor(reason: IssueError['reason'], message: string, cause?: unknown) {
    super(message, { retry: reason === 'throttled' || reason === 'unavailable' ? 'retry' : 'give-up', cause });
    this.reason = reason;
  }
}
