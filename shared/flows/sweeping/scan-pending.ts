import pLimit from 'p-limit';
import { PullmedicError } from '../../domain/errors.ts';
import { findPullFailures } from '../../domain/find-pull-failures.ts';
import { hasEnded } from '../../domain/incident/life.ts';
import { membersIn } from '../../domain/incident/members-in.ts';
import type { LoadedIncident } from '../../domain/incident.ts';
import type { Instant } from '../../domain/instant.ts';
import type { BlindNotice, NoticeJob } from '../../domain/jobs.ts';
import type { Pod } from '../../domain/kubernetes.ts';
import { podsOnly } from '../gather.ts';
import { withDeadlines } from '../publishing/with-deadlines.ts';
import { firstLook, type ScopePlan } from './plan-looks.ts';
import { sendNotice } from './send-notice.ts';
import { MINUTE_MS, PORT_TIMEOUT_MS, type SweepDeps } from './sweep-deps.ts';
import { type PendingWord, watchOpen } from './watch-open.ts';

/** A cluster that was not read for this long is told as blind. */
const BLIND_AFTER_MS = 2 * MINUTE_MS;
/** A pod that waits without a word for this long may hang in a download. */
const STALLED_MS = 10 * MINUTE_MS;
const STALL_CHECK_EVERY = 5;
/** Namespaces whose incidents are read side by side. */
const CONCURRENCY = 8;

/**
 * One list a cluster: what fails there without an incident is looked at, and what has one is watched. A cluster that cannot
 * be read is told once.
 */
export async function scanPending(
  cluster: string,
  plans: Promise<ReadonlyMap<string, ScopePlan>>,
  deps: SweepDeps,
  now: Instant,
): Promise<void> {
  const { clusters, log } = deps;
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
  await endBlindness(cluster, deps, now);
  const word = await readKnown(cluster, pods, deps, now);
  const found = await enqueueUnknown(word, pods, deps, now);
  await watchOpen(word, { plans: await plans, found }, deps, now);
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
  await sendNotice(blindNotice({ type: 'blind', cluster, since, why }), publishQueue);
}

/** The same notice from the first word to the last. */
function blindNotice(notice: BlindNotice): NoticeJob {
  return { kind: 'notice', id: `blind/${notice.cluster}/${new Date(notice.since).toISOString()}`, notice };
}

/** What waited for it is looked at now, and the message that told the blindness says that it is over. */
async function endBlindness(cluster: string, { store, triageQueue, publishQueue, metrics }: SweepDeps, now: Instant) {
  const blindness = await store.blindness(cluster);
  if (blindness === undefined) return;
  const kept = await store.keptLooks(cluster);
  if (kept.length > 0) {
    await triageQueue.sendAll(
      kept.map(({ job }) => ({ job: { ...job, hintedAt: Math.max(job.hintedAt, now) }, options: { delaySeconds: 0 } })),
    );
    metrics.count('LooksOfBlindClusters', kept.length, { cluster });
    for (const look of kept) await store.forgetLook(look);
  }
  const { since } = blindness;
  // Without a message that told it nothing is posted.
  await sendNotice(blindNotice({ type: 'blind', cluster, since, why: '', backAt: now }), publishQueue, '/back');
  await store.markSeen(cluster, blindness);
}

/** The incidents of every namespace in which a pending pod fails. */
async function readKnown(
  cluster: string,
  pods: readonly Pod[],
  { store }: SweepDeps,
  now: Instant,
): Promise<PendingWord> {
  const failures = findPullFailures(podsOnly(cluster, pods, now));
  const limit = pLimit(CONCURRENCY);
  const namespaces = new Set(failures.map(({ namespace }) => namespace ?? 'default'));
  const known = [...namespaces].map((namespace) =>
    limit(async () => [namespace, await store.incidentsIn(cluster, namespace, now)] as const),
  );
  return { cluster, failures, known: new Map(await Promise.all(known)) };
}

/**
 * Namespaces with a failing pod that no open incident has, and every five minutes those where a download may hang.
 * @returns what is looked at now
 */
async function enqueueUnknown(
  { cluster, failures, known }: PendingWord,
  pods: readonly Pod[],
  { store, triageQueue, config, metrics }: SweepDeps,
  now: Instant,
): Promise<readonly string[]> {
  const suspects = new Map<string, Set<string>>();
  const suspect = (namespace: string | undefined, pod: string | undefined) => {
    const names = suspects.get(namespace ?? 'default') ?? new Set();
    suspects.set(namespace ?? 'default', names.add(pod ?? ''));
  };
  for (const { namespace, pod } of failures) suspect(namespace, pod?.name);
  const { timeScale } = config.limits;
  if (Math.floor(now / (MINUTE_MS * timeScale)) % STALL_CHECK_EVERY === 0) {
    for (const pod of pods.filter((one) => mayHang(one, now))) suspect(pod.metadata?.namespace, pod.metadata?.name);
  }

  const unknown: string[] = [];
  for (const [namespace, names] of suspects) {
    const told = toldPods(known.get(namespace) ?? (await store.incidentsIn(cluster, namespace, now)), namespace);
    if ([...names].some((name) => !told.has(name))) unknown.push(namespace);
  }
  if (unknown.length === 0) return unknown;
  await triageQueue.sendAll(unknown.map((namespace) => firstLook({ kind: 'namespace', cluster, namespace }, now)));
  metrics.count('NamespacesFound', unknown.length);
  return unknown;
}

function toldPods(known: readonly LoadedIncident[], namespace: string): ReadonlySet<string> {
  const open = known.filter(({ incident }) => !hasEnded(incident));
  return new Set(membersIn(open, namespace).flatMap((member) => member.pods.map(({ name }) => name)));
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
