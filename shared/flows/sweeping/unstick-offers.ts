import type { Instant } from '../../domain/instant.ts';
import type { SweepDeps } from './sweep-deps.ts';

/** What one sweep takes on; the next one is a minute away. */
const MAX_OFFERS = 100;

/**
 * Asks again for remedies that were confirmed and that nobody ended: a queue that did not take the job, a worker that
 * died. How often is the worker's to count: it reads the offer, and stops what failed too often.
 */
export async function unstickOffers({ remedies, remedyQueue, metrics, log }: SweepDeps, now: Instant): Promise<void> {
  const stuck = await remedies.stuckOffers(now, MAX_OFFERS);
  if (stuck.length === 0) return;
  log.warn('remedies were confirmed and not ended', { offers: stuck.map(({ id }) => id) });
  await remedyQueue.sendAll(stuck.map(({ id: offerId }) => ({ job: { kind: 'apply', offerId, at: now } })));
  metrics.count('RemediesAskedAgain', stuck.length);
}
