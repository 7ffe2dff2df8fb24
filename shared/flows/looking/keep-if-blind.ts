import { ClusterError, CredentialError, type PullmedicError } from '../../domain/errors.ts';
import type { TriageJob } from '../../domain/jobs.ts';
import type { LookDeps } from './look-deps.ts';

/** A look that was kept this often and failed again is told by itself: the sweep reads that cluster, the look cannot. */
const MOST_WAITS = 3;

/**
 * Lets a look run. Where it fails again because its cluster cannot be read, the look is kept in the store until the sweep
 * has read that cluster: one message tells of a blind cluster, not one for each of its alerts.
 * @param tried `isRepeated`: it failed before; a first failure may be over in a moment
 * @throws {PullmedicError} what the look threw, where it was not kept: the job comes again
 */
export async function keepIfBlind(
  job: TriageJob,
  look: Promise<void>,
  { isRepeated }: { readonly isRepeated: boolean },
  { store, clock, log, metrics }: Pick<LookDeps, 'store' | 'clock' | 'log' | 'metrics'>,
): Promise<void> {
  try {
    await look;
  } catch (error) {
    const { cluster } = job.scope;
    const waits = (job.waits ?? 0) + 1;
    if (waits > MOST_WAITS || !isUnreadable(error)) throw error;
    if (!isRepeated && (await store.blindness(cluster)) === undefined) throw error;
    // In this order: a sweep that ends the blindness in between finds the look, or leaves the blindness to the next one.
    await store.keepLook({ ...job, waits }, clock.now());
    await store.markBlind(cluster, clock.now());
    log.warn('a look waits until its cluster can be read', { cluster, reason: error.message });
    metrics.count('LooksKept', 1, { cluster });
  }
}

/** Whether it says that the cluster is out of reach, not that one thing in it is. */
function isUnreadable(error: unknown): error is PullmedicError {
  if (error instanceof CredentialError) return true;
  return error instanceof ClusterError && (error.status === 401 || error.status === undefined || error.status >= 500);
}
