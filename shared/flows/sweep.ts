import { PullmedicError } from '../domain/errors.ts';
import type { Instant } from '../domain/instant.ts';
import { withDeadlines } from './publishing/with-deadlines.ts';
import { planLooks, repeatedLook, type ScopePlan } from './sweeping/plan-looks.ts';
import { scanPending } from './sweeping/scan-pending.ts';
import { sendNotice } from './sweeping/send-notice.ts';
import { HOUR_MS, MINUTE_MS, PORT_TIMEOUT_MS, type SweepDeps } from './sweeping/sweep-deps.ts';
import { unstickOffers } from './sweeping/unstick-offers.ts';

export type { SweepDeps } from './sweeping/sweep-deps.ts';

/** What one sweep takes on; the next one is a minute away. */
const MAX_POKES = 500;
/** Last hour's refusals are told in the first minutes of the next; a sweep that was missed is no loss. */
const TELL_REJECTED_MS = 15 * MINUTE_MS;

/**
 * Once a minute: the next minute's looks of open incidents, pokes of what is unpublished, remedies that were confirmed
 * and not ended, what was refused last hour,
 * heartbeats that stay away, and one list of pending pods a cluster, so that nobody depends on an alert. The parts do
 * not stop each other.
 * @throws {AggregateError} of {PullmedicError}s after all parts have run: the schedule's next run repeats them
 */
export async function sweep(given: SweepDeps, now: Instant): Promise<void> {
  const deps: SweepDeps = {
    ...given,
    store: withDeadlines(given.store, 'store', PORT_TIMEOUT_MS),
    triageQueue: withDeadlines(given.triageQueue, 'triage queue', PORT_TIMEOUT_MS),
    publishQueue: withDeadlines(given.publishQueue, 'publish queue', PORT_TIMEOUT_MS),
    remedies: withDeadlines(given.remedies, 'store', PORT_TIMEOUT_MS),
    remedyQueue: withDeadlines(given.remedyQueue, 'remedy queue', PORT_TIMEOUT_MS),
    clusters: withDeadlines(given.clusters, 'clusters', PORT_TIMEOUT_MS),
  };
  const plans = planLooks(deps, now);
  const parts = [
    enqueueLooks(plans, deps, now),
    pokeUnpublished(deps, now),
    tellRejected(deps, now),
    unstickOffers(deps, now),
    ...deps.config.clusters.map(({ name }) => scanPending(name, plans, deps, now)),
    ...deps.config.clusters.map(({ name }) => checkHeartbeat(name, deps, now)),
  ];
  const failed = (await Promise.allSettled(parts)).filter((result) => result.status === 'rejected');
  if (failed.length > 0) {
    const errors = failed.map(({ reason }) => reason as unknown);
    for (const error of errors) if (!(error instanceof PullmedicError)) throw error;
    throw new AggregateError(errors, `${failed.length} of ${parts.length} parts of a sweep failed`);
  }
}

/** The next minute's looks of all scopes with an open incident, each at its own rhythm. */
async function enqueueLooks(
  planned: Promise<ReadonlyMap<string, ScopePlan>>,
  { triageQueue, metrics }: SweepDeps,
  now: Instant,
): Promise<void> {
  const plans = await planned;
  const looks = [...plans.values()].flatMap(({ scope, delays }) =>
    delays.map((delaySeconds) => repeatedLook(scope, now, delaySeconds)),
  );
  if (looks.length > 0) await triageQueue.sendAll(looks);
  metrics.count('LooksScheduled', looks.length);
}

/** Pokes that were lost, or whose publisher has to come back: the store knows them. */
async function pokeUnpublished({ store, publishQueue, metrics }: SweepDeps, now: Instant): Promise<void> {
  const due = await store.duePokes(now, MAX_POKES);
  if (due.length === 0) return;
  await publishQueue.sendAll(
    due.map(({ incidentId, revision }) => ({
      job: { kind: 'poke', incidentId },
      // The queue drops what it saw within 5 minutes, and this is a new attempt.
      options: { groupId: incidentId, dedupeId: `${incidentId}#${revision}#${Math.floor(now / 1_000)}` },
    })),
  );
  metrics.count('PokesRepeated', due.length);
}

/** Webhook calls that were refused in the last clock hour, once. */
async function tellRejected({ store, publishQueue }: SweepDeps, now: Instant): Promise<void> {
  const thisHour = now - (now % HOUR_MS);
  if (now - thisHour >= TELL_REJECTED_MS) return;
  const hour = thisHour - HOUR_MS;
  const counts = await store.rejected(hour);
  if (Object.keys(counts).length === 0) return;
  const id = `rejected/${new Date(hour).toISOString().slice(0, 13)}`;
  await sendNotice({ kind: 'notice', id, notice: { type: 'rejected-webhooks', counts, hour } }, publishQueue);
}

/** Where the alert that always fires came once and comes no more, nobody would hear of anything else either. */
async function checkHeartbeat(cluster: string, deps: SweepDeps, now: Instant): Promise<void> {
  const { store, publishQueue, config, metrics } = deps;
  const beat = await store.heartbeat(cluster);
  if (beat === undefined) return;
  const { name: alert, silentAfterMinutes: afterMinutes } = config.alerts.watchdog;
  const tell = (since: Instant, backAt: Instant | undefined) =>
    sendNotice(
      {
        kind: 'notice',
        id: `deaf/${cluster}/${new Date(since).toISOString()}`,
        notice: { type: 'deaf', cluster, since, backAt, alert, afterMinutes },
      },
      publishQueue,
      backAt === undefined ? '' : '/back',
    );

  const { silentSince } = beat;
  const isBack = silentSince !== undefined && beat.at > silentSince;
  if (isBack) {
    await tell(silentSince, beat.at);
    await store.markSilent(cluster, undefined);
  }
  if (now - beat.at <= afterMinutes * MINUTE_MS * config.limits.timeScale) return;
  metrics.count('ClustersSilent', 1, { cluster });
  if (silentSince !== undefined && !isBack) return;
  await tell(beat.at, undefined);
  await store.markSilent(cluster, beat.at);
}
