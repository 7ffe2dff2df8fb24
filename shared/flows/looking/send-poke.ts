import { PullmedicError } from '../../domain/errors.ts';
import type { Incident } from '../../domain/incident.ts';
import type { LookDeps } from './look-deps.ts';

/**
 * Tells the publisher. The store's own poke record is what counts: where the queue does not take this one, the sweeper
 * sends another within a minute, so it is not a failure of the look.
 */
export async function sendPoke(
  { id, revision }: Pick<Incident, 'id' | 'revision'>,
  { publishQueue, log, metrics }: Pick<LookDeps, 'publishQueue' | 'log' | 'metrics'>,
): Promise<void> {
  try {
    await publishQueue.send({ kind: 'poke', incidentId: id }, { groupId: id, dedupeId: `${id}#${revision}` });
  } catch (error) {
    if (!(error instanceof PullmedicError)) throw error;
    metrics.count('PokesNotSent');
    log.warn('a poke was not sent; the sweeper will', { incidentId: id, revision, reason: error.message });
  }
}
