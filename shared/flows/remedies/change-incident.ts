import { setTimeout as pause } from 'node:timers/promises';
import type { Config } from '../../config/config.ts';
import { StoreError } from '../../domain/errors.ts';
import { nextLookAt } from '../../domain/incident/life.ts';
import type { Incident } from '../../domain/incident.ts';
import type { PublishJob } from '../../domain/jobs.ts';
import type { Clock } from '../../ports/clock.ts';
import type { IncidentStore } from '../../ports/incident-store.ts';
import type { JobQueue } from '../../ports/job-queue.ts';
import type { Log, Metrics } from '../../ports/log.ts';
import { sendPoke } from '../looking/send-poke.ts';

export interface ChangeIncidentDeps {
  readonly store: IncidentStore;
  readonly publishQueue: JobQueue<PublishJob>;
  readonly config: Pick<Config, 'limits'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Looks write to the same incident all the time; each conflict means that one of them got through. */
const MAX_ATTEMPTS = 20;
const BACK_OFF_MS = 30;

/**
 * Changes what an incident says of itself (who is on it, which remedy ran) beside the looks, and pokes the publisher.
 * @param change must not depend on when it is called: after a conflict it is called again; `undefined` = leave it
 * @returns as it stands now; `undefined` where there is no such incident
 * @throws {StoreError} when it could not be written
 */
export async function changeIncident(
  incidentId: string,
  change: (incident: Incident) => Incident | undefined,
  { store, publishQueue, config, clock, log, metrics }: ChangeIncidentDeps,
): Promise<Incident | undefined> {
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const loaded = await store.load(incidentId);
    if (loaded === undefined) return undefined;
    const before = loaded.incident;
    const changed = change(before);
    if (changed === undefined) return before;
    const now = clock.now();
    const incident = { ...changed, revision: before.revision + 1, changedAt: now };
    const answer = await store.commit({
      incident,
      expectedRevision: before.revision,
      slices: [],
      removedNamespaces: [],
      releasedSlot: undefined,
      now,
      nextLookAt: nextLookAt(incident, now, config.limits.timeScale),
    });
    if (answer === 'done') {
      await sendPoke(incident, { publishQueue, log, metrics });
      return incident;
    }
    await pause(Math.random() * BACK_OFF_MS * Math.min(attempt, 10));
  }
  throw new StoreError(`incident ${incidentId} changed faster than it could be written`, { retry: 'retry' });
}
