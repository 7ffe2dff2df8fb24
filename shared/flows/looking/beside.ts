import type { LookDeps } from './look-deps.ts';

/**
 * Does what stands beside the incident: whatever happens there, the look has succeeded.
 * @param what it is, for the log
 */
export async function beside(
  what: string,
  work: Promise<unknown>,
  { log, metrics }: Pick<LookDeps, 'log' | 'metrics'>,
): Promise<void> {
  try {
    await work;
  } catch (error) {
    metrics.count('BesideFailures', 1, { what });
    log.error('what stands beside an incident failed', { what, error });
  }
}
