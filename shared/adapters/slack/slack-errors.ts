import { WebAPIHTTPError, WebAPIPlatformError, WebAPIRateLimitedError } from '@slack/web-api';
import { ChatError } from '../../domain/errors.ts';

/** Slack's own words for what may work later. Every other platform error is final for this call. */
const TRANSIENT: readonly string[] = [
  'ratelimited',
  'rate_limited',
  'message_limit_exceeded',
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
  'accesslimited',
  'team_access_not_granted',
  // A token is read by reference: whoever mends it there mends this.
  'invalid_auth',
  'not_authed',
  'token_expired',
  'token_revoked',
  'account_inactive',
];

/** The message cannot be edited any more: deleted, too old for the workspace's window, or not ours. */
const GONE: readonly string[] = [
  'message_not_found',
  'cant_update_message',
  'edit_window_closed',
  'is_inactive',
  'thread_not_found',
];

/** Wait after a limit that did not say how long. */
const DEFAULT_WAIT_SECONDS = 5;

/** Whatever the client threw ─▶ {ChatError}. No answer, a timeout and anything unknown may be tried again. */
export function toChatError(method: string, error: unknown): ChatError {
  if (error instanceof ChatError) return error;
  if (error instanceof WebAPIRateLimitedError) {
    return new ChatError(method, 'ratelimited', {
      retry: 'retry',
      retryAfterSeconds: Math.max(1, error.retryAfter),
      cause: error,
    });
  }
  if (error instanceof WebAPIPlatformError) {
    const reason = error.data.error;
    const isLimit = reason === 'ratelimited' || reason === 'rate_limited' || reason === 'message_limit_exceeded';
    return new ChatError(method, reason, {
      retry: TRANSIENT.includes(reason) ? 'retry' : 'give-up',
      retryAfterSeconds: isLimit ? DEFAULT_WAIT_SECONDS : undefined,
      cause: error,
    });
  }
  if (error instanceof WebAPIHTTPError) {
    const isTransient = error.statusCode >= 500 || error.statusCode === 408;
    return new ChatError(method, `http_${error.statusCode}`, {
      retry: isTransient ? 'retry' : 'give-up',
      cause: error,
    });
  }
  // The client's answer to a 429 without a usable Retry-After is a bare Error.
  const isLimit = error instanceof Error && error.message.includes('Retry header did not contain');
  return new ChatError(method, isLimit ? 'ratelimited' : 'no_answer', {
    retry: 'retry',
    retryAfterSeconds: isLimit ? DEFAULT_WAIT_SECONDS : undefined,
    cause: error,
  });
}

/** Whether the error says that this message can no longer be edited. */
export function isGone(error: ChatError): boolean {
  return GONE.includes(error.reason);
}
