import { PullmedicError } from '../../shared/domain/errors.ts';

/** Something did not answer in time. It may still happen: whoever sends again must be able to. */
export class DeadlineError extends PullmedicError {
  override readonly name = 'DeadlineError';
  readonly code = 'deadline';

  constructor(timeoutMs: number) {
    super(`no answer within ${timeoutMs} ms`, { retry: 'retry' });
  }
}

/**
 * The work's result, or an error once the time is over: a caller that is kept waiting until its own deadline sends
 * nothing again.
 * @throws {DeadlineError} after `timeoutMs`; the work itself goes on and its outcome is dropped
 */
export async function withDeadline<Value>(work: Promise<Value>, timeoutMs: number): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new DeadlineError(timeoutMs)), timeoutMs);
  });
  try {
    return await Promise.race([work, expired]);
  } finally {
    clearTimeout(timer);
  }
}
