/** All tries of one call together: a queue worker has 10 s for the whole of a slow answer. */
const DEFAULT_TIMEOUT_MS = 8000;

/**
 * Gives an AWS call an end, whatever its retries add up to.
 * @throws whatever the call throws, `AbortError` after the time is over
 */
export async function withinTime<T>(
  call: (options: { readonly abortSignal: AbortSignal }) => Promise<T>,
  timeoutMs: number = DEFAULT_TIMEOUT_MS,
): Promise<T> {
  // Not AbortSignal.timeout: its timer would not keep a process alive that waits for nothing else.
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), timeoutMs);
  try {
    return await call({ abortSignal: controller.signal });
  } finally {
    clearTimeout(timer);
  }
}
