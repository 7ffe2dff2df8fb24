/** An end for everything that is done for one question. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** Ends what does not listen to the signal too. @throws {AbortError} once the time is over */
  within<T>(work: Promise<T>): Promise<T>;
  clear(): void;
}

/** @param caller's own signal; it ends earlier whenever the caller says so */
export function createDeadline(caller: AbortSignal, timeoutMs: number): Deadline {
  const controller = new AbortController();
  const end = () => controller.abort();
  const timer = setTimeout(end, timeoutMs);
  caller.addEventListener('abort', end, { once: true });
  if (caller.aborted) end();
  const ended = new Promise<never>((_, reject) => {
    const fail = () => reject(new DOMException('the time is over', 'AbortError'));
    if (controller.signal.aborted) fail();
    controller.signal.addEventListener('abort', fail, { once: true });
  });
  // Nobody may be waiting when it ends.
  ended.catch(() => {});
  return {
    signal: controller.signal,
    within(work) {
      // What is left behind may still fail, and nobody listens any more.
      work.catch(() => {});
      return Promise.race([work, ended]);
    },
    clear() {
      clearTimeout(timer);
      caller.removeEventListener('abort', end);
    },
  };
}
