import type { Notification } from '../alertmanager/schema.ts';
import { type Hints, type ScopeHint, toHints, type UnroutedAlerts } from '../alertmanager/to-hints.ts';
import type { Config } from '../config/config.ts';
import type { NoticeJob, PublishJob, TriageQueueJob } from '../domain/jobs.ts';
import type { Clock } from '../ports/clock.ts';
import type { JobQueue, SendOptions } from '../ports/job-queue.ts';

/**
 * When a scope is looked at after a hint, in seconds: a pull that is retried shows its reason within the first back-off
 * (10 s, 20 s, 40 s), and a repair within a minute turns its message green in 15 s: no gap is longer than 10 s. The
 * sweeper goes on after that.
 */
export const LOOK_DELAYS_SECONDS: readonly number[] = [0, 10, 20, 30, 40, 50, 60];

/** Beyond these in one cluster, one look of the cluster stands for the later looks of its namespaces. */
export const MAX_REPEATED_SCOPES = 100;

/** Beyond these it stands for all of them: more namespaces than clusters have, and than a queue takes in 5 s. */
export const MAX_SCOPES = 1_000;

/** A queue takes 10 jobs a call: hundreds of calls one after another would outlast the caller. */
const PARALLEL_SENDS = 8;

export interface ReceiveAlertsDeps {
  readonly config: Config;
  readonly triageQueue: JobQueue<TriageQueueJob>;
  readonly publishQueue: JobQueue<PublishJob>;
  readonly clock: Clock;
}

export interface ReceivedAlerts {
  /** Alerts about image pulls; each is on a queue now. */
  readonly accepted: number;
  readonly ignored: number;
  readonly ignoredByName: Hints['ignored'];
  readonly unrouted: number;
}

/**
 * Puts looks of every scope that a notification names on the triage queue, and what belongs to no cluster on the
 * publish queue. All of it is durable when this returns; sent twice it does nothing new.
 * @throws {QueueError} when a queue did not take everything: the sender must send again
 */
export async function receiveAlerts(
  notification: Notification,
  caller: { readonly pathCluster: string | undefined; readonly allowedClusters: readonly string[] | undefined },
  { config, triageQueue, publishQueue, clock }: ReceiveAlertsDeps,
): Promise<ReceivedAlerts> {
  const hints = toHints(notification, { config, ...caller });
  const looks = planLooks(hints.scopes, config.limits.timeScale, clock.now());
  const notices = hints.unrouted.map(toNotice);
  const at = clock.now();
  const beats = hints.heartbeats.map((cluster) => ({ job: { kind: 'heartbeat' as const, cluster, at } }));
  await Promise.all([
    ...inParts(looks, PARALLEL_SENDS).map((part) => triageQueue.sendAll(part)),
    beats.length > 0 ? triageQueue.sendAll(beats) : undefined,
    notices.length > 0 ? publishQueue.sendAll(notices) : undefined,
  ]);
  return {
    accepted: hints.accepted,
    ignored: hints.ignored.reduce((sum, { count }) => sum + count, 0),
    ignoredByName: hints.ignored,
    unrouted: hints.unrouted.length,
  };
}

/** In seconds, each once: where time is scaled, several may be one. */
export function lookDelays(timeScale: number): readonly number[] {
  return [...new Set(LOOK_DELAYS_SECONDS.map((seconds) => Math.round(seconds * timeScale)))];
}

type Look = { readonly job: TriageQueueJob; readonly options: SendOptions };

function planLooks(scopes: readonly ScopeHint[], timeScale: number, now: number): readonly Look[] {
  const delays = lookDelays(timeScale);
  const byCluster = Map.groupBy(scopes, ({ scope }) => scope.cluster);
  return [...byCluster].flatMap(([cluster, hints]) => {
    if (hints.length <= MAX_REPEATED_SCOPES) return hints.flatMap((hint) => looksOf(hint, delays, now));
    // A storm: each namespace is looked at once, and then the cluster's pending pods, in one read, stand for all.
    const all: ScopeHint = {
      scope: { kind: 'cluster', cluster },
      alerts: hints[0]?.alerts ?? [],
      alertCount: hints.reduce((sum, { alertCount }) => sum + alertCount, 0),
      isClusterAssumed: hints.every(({ isClusterAssumed }) => isClusterAssumed),
    };
    const single = hints.length <= MAX_SCOPES ? hints.filter(({ scope }) => scope.kind !== 'cluster') : [];
    return [...single.flatMap((hint) => looksOf(hint, [0], now)), ...looksOf(all, delays, now)];
  });
}

/** In order, in parts of at least 10. */
function inParts<Item>(items: readonly Item[], most: number): readonly (readonly Item[])[] {
  const size = Math.max(10, Math.ceil(items.length / most));
  return Array.from({ length: Math.ceil(items.length / size) }, (_, part) =>
    items.slice(part * size, (part + 1) * size),
  );
}

function looksOf({ scope, alerts, alertCount, isClusterAssumed }: ScopeHint, delays: readonly number[], now: number) {
  return delays.map((delaySeconds) => ({
    job: {
      kind: 'look' as const,
      scope,
      // A look is skipped if a good one started after the hint: each of these asks for one of its own.
      hintedAt: now + delaySeconds * 1000,
      from: 'alert' as const,
      alerts,
      alertCount,
      isClusterAssumed,
    },
    // Somebody waits for the first one of another alert.
    options: { delaySeconds, isRepeat: delaySeconds > 0 },
  }));
}

/** One group for all notices: the publish queue is FIFO, and they are rare. */
function toNotice({ id, alerts, reason }: UnroutedAlerts) {
  const job: NoticeJob = { kind: 'notice', id, notice: { type: 'unrouted-alert', alerts, reason } };
  return { job, options: { groupId: 'notice', dedupeId: id } };
}
