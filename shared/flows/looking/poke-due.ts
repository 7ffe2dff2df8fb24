import type { Incident } from '../../domain/incident.ts';
import type { Instant } from '../../domain/instant.ts';
import type { LookDeps } from './look-deps.ts';

/** A poke that a look has just sent is not one that waits. */
const SETTLING_MS = 1_000;
const MOST = 100;

/**
 * Pokes incidents whose publisher asked to come back by now (a grace that ended, a reply that may be sent). Looks come
 * every 10 s while something is new, the sweeper once a minute: without this, a minute more passed before it was told.
 * @param known incidents of the namespace that was looked at (those of others are left to their own looks), or `all`
 */
export async function pokeDue(
  known: readonly Pick<Incident, 'id'>[] | 'all',
  now: Instant,
  { store, publishQueue }: Pick<LookDeps, 'store' | 'publishQueue'>,
): Promise<void> {
  if (known.length === 0) return;
  const ids = known === 'all' ? undefined : new Set(known.map(({ id }) => id));
  const due = (await store.duePokes(now - SETTLING_MS, MOST)).filter(({ incidentId }) => ids?.has(incidentId) ?? true);
  if (due.length === 0) return;
  await publishQueue.sendAll(
    due.map(({ incidentId, revision }) => ({
      job: { kind: 'poke' as const, incidentId },
      // As the sweeper's: the queue drops what it saw within 5 minutes, and this is a new attempt.
      options: { groupId: incidentId, dedupeId: `${incidentId}#${revision}#${Math.floor(now / 1_000)}` },
    })),
  );
}
