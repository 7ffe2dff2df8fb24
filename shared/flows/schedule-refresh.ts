import { createHash } from 'node:crypto';
import { PullmedicError } from '../domain/errors.ts';
import type { Instant } from '../domain/instant.ts';
import type { RefreshJob } from '../domain/jobs.ts';
import { decideRun } from '../domain/refresh/decide-run.ts';
import { judgeRefreshHealth, type RefreshHealth } from '../domain/refresh/refresh-health.ts';
import { beginRun, type RefreshMemory } from '../domain/refresh/refresh-memory.ts';
import { splitRun } from '../domain/refresh/split-run.ts';
import type { RefreshTarget } from '../domain/refresh/target.ts';
import { targetsOf } from '../domain/refresh/want-secrets.ts';
import type { Clock } from '../ports/clock.ts';
import type { JobQueue } from '../ports/job-queue.ts';
import type { Gauges, Log } from '../ports/log.ts';
import type { RefreshStore } from '../ports/refresh-store.ts';
import type { SecretWriters } from '../ports/secret-writer.ts';
import { readNamespaces } from './refreshing/read-namespaces.ts';

export interface ScheduleRefreshDeps {
  readonly config: {
    readonly clusters: readonly { readonly name: string }[];
    readonly targets: readonly RefreshTarget[];
    readonly refresh: { readonly everyMinutes: number };
  };
  readonly store: RefreshStore;
  /** Lists the namespaces of targets that go by label; nothing is written here. */
  readonly writers: SecretWriters;
  readonly refreshQueue: JobQueue<RefreshJob>;
  readonly clock: Clock;
  readonly log: Log;
  /** Left out where `/metrics` reads the same from the store. */
  readonly gauges?: Gauges | undefined;
  /** Runs that began before this do not count: the start of a process. */
  readonly since?: Instant | undefined;
}

/**
 * Begins a refresh run over each cluster whose time has come, as jobs that each end within their function's time, and
 * says how the refresh stands. A cluster that cannot be read gets one job, which tells that.
 * @throws {AggregateError} of {PullmedicError}s after all clusters had their turn: the next minute repeats it
 */
export async function scheduleRefresh(deps: ScheduleRefreshDeps): Promise<void> {
  const clusters = deps.config.clusters.map(({ name }) => name);
  const results = await Promise.allSettled(
    clusters.map((name) => scheduleCluster(name, targetsOf(name, deps.config.targets), deps)),
  );
  const healths = results.flatMap((result) => (result.status === 'fulfilled' ? (result.value ?? []) : []));
  if (deps.gauges !== undefined) setGauges(healths, deps.gauges);

  const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  for (const error of errors) if (!(error instanceof PullmedicError)) throw error;
  if (errors.length > 0) throw new AggregateError(errors, `${errors.length} of ${clusters.length} clusters failed`);
}

/** @returns `undefined` for a cluster without targets: there is nothing to be late with */
async function scheduleCluster(
  cluster: string,
  targets: readonly RefreshTarget[],
  deps: ScheduleRefreshDeps,
): Promise<RefreshHealth | undefined> {
  const memory = await scheduleRun(cluster, targets, deps);
  return targets.length === 0 ? undefined : judgeRefreshHealth(cluster, memory, deps.clock.now());
}

/** @returns what is remembered of the cluster now */
async function scheduleRun(
  cluster: string,
  targets: readonly RefreshTarget[],
  deps: ScheduleRefreshDeps,
): Promise<RefreshMemory | undefined> {
  const { store, clock, config, log } = deps;
  const now = clock.now();
  const fingerprint = fingerprintOf(targets);
  const everyMs = config.refresh.everyMinutes * 60_000;
  const decide = (memory: RefreshMemory | undefined) =>
    decideRun(memory, { now, cluster, everyMs, fingerprint, since: deps.since });

  const memory = await store.memory(cluster);
  // Where the last target was taken away, one more run ends what is still told.
  const hasEnded = memory === undefined || memory.told.every(({ endedAt }) => endedAt !== undefined);
  if (targets.length === 0 && hasEnded) return memory;
  const reason = decide(memory);
  if (reason === undefined) return memory;

  const parts = splitRun(targets, await namespacesByTarget(cluster, targets, deps));
  const begun = await store.updateMemory(cluster, (known) =>
    // Another scheduler may have been faster.
    decide(known) === undefined ? undefined : beginRun(known, { startedAt: now, parts: parts.length, fingerprint }),
  );
  if (begun?.run.startedAt !== now) return begun;

  await deps.refreshQueue.sendAll(
    parts.map((namespaces, part) => ({
      job: { kind: 'refresh', cluster, namespaces, reason: 'schedule', run: { startedAt: now, part } },
    })),
  );
  const sent = await store.updateMemory(cluster, (known) =>
    known?.run.startedAt === now ? { ...known, run: { ...known.run, isSent: true } } : undefined,
  );
  log.info('refresh run begun', { cluster, reason, jobs: parts.length });
  return sent;
}

/** @returns of a target `undefined` where the cluster does not tell which namespaces it goes by */
async function namespacesByTarget(cluster: string, targets: readonly RefreshTarget[], deps: ScheduleRefreshDeps) {
  const known = new Map<RefreshTarget, readonly string[]>();
  for (const target of targets) {
    try {
      const read = await readNamespaces(() => deps.writers.writer(cluster), target);
      if (read.ok) known.set(target, read.value);
    } catch (error) {
      if (!(error instanceof PullmedicError)) throw error;
      deps.log.warn('namespaces of a target could not be listed: one job for all', { cluster, error });
    }
  }
  return (target: RefreshTarget) => known.get(target);
}

function fingerprintOf(targets: readonly RefreshTarget[]): string {
  return createHash('sha256').update(JSON.stringify(targets)).digest('hex').slice(0, 16);
}

/** Per cluster, and the worst of all for alarms that know no cluster: a fleet without targets has nothing to be late with. */
function setGauges(healths: readonly RefreshHealth[], gauges: Gauges): void {
  const worst = (values: readonly number[]) => Math.max(0, ...values);
  for (const { cluster, secondsSinceSuccess, minimumLifeLeftSeconds, failed } of healths) {
    gauges.set('RefreshAgeOfLastSuccess', secondsSinceSuccess, 'seconds', { cluster });
    if (minimumLifeLeftSeconds !== undefined) {
      gauges.set('RefreshMinimumLifeLeft', minimumLifeLeftSeconds, 'seconds', { cluster });
    }
    gauges.set('RefreshSecretsFailing', failed, 'count', { cluster });
  }
  const lives = healths.flatMap(({ minimumLifeLeftSeconds }) => minimumLifeLeftSeconds ?? []);
  gauges.set('RefreshAgeOfLastSuccess', worst(healths.map((one) => one.secondsSinceSuccess)), 'seconds');
  if (lives.length > 0) gauges.set('RefreshMinimumLifeLeft', Math.min(...lives), 'seconds');
  gauges.set('RefreshSecretsFailing', worst(healths.map(({ failed }) => failed)), 'count');
}
