import type { Config } from '../config/config.ts';
import { PullmedicError } from '../domain/errors.ts';
import { findPullFailures } from '../domain/find-pull-failures.ts';
import { hasEnded, lookPeriodMs } from '../domain/incident/life.ts';
import type { Incident } from '../domain/incident.ts';
import type { Instant } from '../domain/instant.ts';
import type { NoticeJob, PublishJob, TriageQueueJob } from '../domain/jobs.ts';
import type { Pod } from '../domain/kubernetes.ts';
import { type Scope, scopeKey } from '../domain/scope.ts';
import type { Clock } from '../ports/clock.ts';
import type { Clusters } from '../ports/cluster.ts';
import type { IncidentStore } from '../ports/incident-store.ts';
import type { JobQueue, SendOptions } from '../ports/job-queue.ts';
import type { Log, Metrics } from '../ports/log.ts';
import { podsOnly } from './gather.ts';
import { withDeadlines } from './publishing/with-deadlines.ts';

export interface SweepDeps {
  readonly store: IncidentStore;
  readonly triageQueue: JobQueue<TriageQueueJob>;
  readonly publishQueue: JobQueue<PublishJob>;
  readonly clusters: Clusters;
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const PORT_TIMEOUT_MS = 15_000;
/** What one sweep takes on; the next one is a minute away. */
const MAX_SCOPES = 2_000;
const MAX_POKES = 500;
/** A cluster that was not read for this long is told as blind. */
const BLIND_AFTER_MS = 2 * MINUTE_MS;
/** Last hour's refusals are told in the first minutes of the next; a sweep that was missed is no loss. */
const TELL_REJECTED_MS = 15 * MINUTE_MS;
/** A pod that waits without a word for this long may hang in a download. */
const STALLED_MS = 10 * MINUTE_MS;
const STALL_CHECK_EVERY = 5;

/**
 * Once a minute: the next minute's looks of open incidents, pokes of what is unpublished, what was refused last hour,
 * heartbeats that stay away, and one list of pending pods a cluster, so that nobody depends on an alert. The parts do not stop each other.
 * @throws {AggregateError} of {PullmedicError}s after all parts have run: the schedule's next run repeats them
 */
export async function sweep(given: SweepDeps, now: Instant): Promise<void> {
  const deps: SweepDeps = {
    ...given,
    store: withDeadlines(given.store, 'store', PORT_TIMEOUT_MS),
    triageQueue: withDeadlines(given.triageQueue, 'triage queue', PORT_TIMEOUT_MS),
    publishQueue: withDeadlines(given.publishQueue, 'publish queue', PORT_TIMEOUT_MS),
    clusters: withDeadlines(given.clusters, 'clusters', PORT_TIMEOUT_MS),
  };
  const parts = [
    enqueueLooks(deps, now),
    pokeUnpublished(deps, now),
    tellRejected(deps, now),
    ...deps.config.clusters.map(({ name }) => scanPending(name, deps, now)),
    ...deps.config.clusters.map(({ name }) => checkHeartbeat(name, deps, now)),
  ];
  const failed = (await Promise.allSettled(parts)).filter((result) => result.status === 'rejected');
  if (failed.length > 0) {
    const errors = failed.map(({ reason }) => reason as unknown);
    for (const error of errors) if (!(error instanceof PullmedicError)) throw error;
    throw new AggregateError(errors, `${failed.length} of ${parts.length} parts of a sweep failed`);
  }
}

/** The next period's looks of all scopes with an open incident, each at its own rhythm. */
async function enqueueLooks({ store, triageQueue, config, metrics }: SweepDeps, now: Instant): Promise<void> {
  const { timeScale } = config.limits;
  const horizonMs = MINUTE_MS * timeScale;
  const due = await store.dueScopes(now + horizonMs, MAX_SCOPES);
  const looks = new Map<string, { readonly scope: Scope; readonly delays: readonly number[] }>();
  for (const { scope, incident } of due) {
    if (isForgotten(incident, now)) {
      await stopLooking(incident.id, store, now);
      continue;
    }
    const delays = lookDelays(incident, now, horizonMs, timeScale);
    // A look serves every incident of its scope: the liveliest sets the rhythm.
    const planned = looks.get(scopeKey(scope))?.delays.length ?? 0;
    if (delays.length > planned) looks.set(scopeKey(scope), { scope, delays });
  }
  const jobs = [...looks.values()].flatMap(({ scope, delays }) =>
    delays.map((delaySeconds) => lookJob(scope, now + delaySeconds * 1_000, delaySeconds)),
  );
  if (jobs.length > 0) await triageQueue.sendAll(jobs);
  metrics.count('LooksScheduled', jobs.length);
}

/** It ended where nobody could look again within the hour (its cluster was blind): nobody will. */
function isForgotten(incident: Incident, now: Instant): boolean {
  return hasEnded(incident) && incident.endedAt !== undefined && now - incident.endedAt > HOUR_MS;
}

async function stopLooking(id: string, store: IncidentStore, now: Instant): Promise<void> {
  const loaded = await store.load(id);
  if (loaded === undefined || !isForgotten(loaded.incident, now)) return;
  // Not worth publishing: the revision stays. On a conflict the next sweep finds it again.
  await store.commit({
    incident: loaded.incident,
    expectedRevision: loaded.incident.revision,
    slices: [],
    removedNamespaces: [],
    releasedSlot: undefined,
    now,
    nextLookAt: undefined,
  });
}

/** Seconds from now; queues delay by whole seconds. */
export function lookDelays(incident: Incident, now: Instant, horizonMs: number, timeScale: number): readonly number[] {
  // One that ended unseen (its cluster was blind) must be looked at once, so that its looks can end.
  const periodMs = lookPeriodMs(incident, now, timeScale) ?? (hasEnded(incident) ? horizonMs : undefined);
  if (periodMs === undefined) return [];
  const delays = new Set<number>();
  const firstMs = Math.max(0, incident.lastLookAt + periodMs - now);
  for (let afterMs = firstMs; afterMs < horizonMs; afterMs += periodMs) delays.add(Math.round(afterMs / 1_000));
  return [...delays];
}

function lookJob(scope: Scope, hintedAt: Instant, delaySeconds: number): { job: TriageQueueJob; options: SendOptions } {
  return {
    job: { kind: 'look', scope, hintedAt, from: 'sweep', alerts: [], alertCount: 0, isClusterAssumed: false },
    options: { delaySeconds },
  };
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

/** One list a cluster: what fails there without an incident is looked at. A cluster that cannot be read is told once. */
async function scanPending(cluster: string, deps: SweepDeps, now: Instant): Promise<void> {
  const { clusters, store, log } = deps;
  let pods: readonly Pod[];
  try {
    const reader = withDeadlines(await clusters.reader(cluster), 'cluster', PORT_TIMEOUT_MS);
    const read = await reader.listPods({ isPendingOnly: true });
    if (!read.ok) {
      await tellBlind(cluster, `${read.gap.what}: ${read.gap.why}`, deps, now);
      return;
    }
    pods = read.value;
  } catch (error) {
    if (!(error instanceof PullmedicError)) throw error;
    log.warn('a cluster could not be read', { cluster, reason: error.message });
    await tellBlind(cluster, error.message, deps, now);
    return;
  }
  await store.markSeen(cluster);
  await enqueueUnknown(cluster, pods, deps, now);
}

async function tellBlind(
  cluster: string,
  why: string,
  { store, publishQueue, config, metrics }: SweepDeps,
  now: Instant,
) {
  metrics.count('ClustersBlind', 1, { cluster });
  const since = await store.markBlind(cluster, now);
  if (now - since < BLIND_AFTER_MS * config.limits.timeScale) return;
  const id = `blind/${cluster}/${new Date(since).toISOString()}`;
  await sendNotice({ kind: 'notice', id, notice: { type: 'blind', cluster, since, why } }, publishQueue);
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

async function sendNotice(notice: NoticeJob, publishQueue: JobQueue<PublishJob>, edition = ''): Promise<void> {
  // Sent by several sweeps; the publisher says each id once.
  await publishQueue.send(notice, { groupId: 'notice', dedupeId: `${notice.id.slice(0, 120)}${edition}` });
}

/** Namespaces with a failing pod that no open incident has. */
async function enqueueUnknown(cluster: string, pods: readonly Pod[], deps: SweepDeps, now: Instant): Promise<void> {
  const suspects = new Map<string, Set<string>>();
  const suspect = (namespace: string | undefined, pod: string | undefined) => {
    const names = suspects.get(namespace ?? 'default') ?? new Set();
    suspects.set(namespace ?? 'default', names.add(pod ?? ''));
  };
  for (const { namespace, pod } of findPullFailures(podsOnly(cluster, pods, now))) suspect(namespace, pod?.name);
  const { timeScale } = deps.config.limits;
  if (Math.floor(now / (MINUTE_MS * timeScale)) % STALL_CHECK_EVERY === 0) {
    for (const pod of pods.filter((one) => mayHang(one, now))) suspect(pod.metadata?.namespace, pod.metadata?.name);
  }

  const unknown: string[] = [];
  for (const [namespace, names] of suspects) {
    const known = await deps.store.incidentsIn(cluster, namespace, now);
    const told = new Set(
      known
        .filter(({ incident }) => !hasEnded(incident))
        .flatMap(({ slices }) => slices.flatMap(({ members }) => members))
        .flatMap((member) => member.pods.map(({ name }) => name)),
    );
    if ([...names].some((name) => !told.has(name))) unknown.push(namespace);
  }
  if (unknown.length === 0) return;
  await deps.triageQueue.sendAll(
    unknown.map((namespace) => lookJob({ kind: 'namespace', cluster, namespace }, now, 0)),
  );
  deps.metrics.count('NamespacesFound', unknown.length);
}

/** Scheduled long ago, and its first container still does not run. */
function mayHang({ metadata, spec, status }: Pod, now: Instant): boolean {
  const createdAt = Date.parse(metadata?.creationTimestamp ?? '');
  if (spec?.nodeName === undefined || !(now - createdAt >= STALLED_MS)) return false;
  const all = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  return all.some(
    ({ state }) => state?.waiting?.reason === 'ContainerCreating' || state?.waiting?.reason === 'PodInitializing',
  );
}
