import { createHash } from 'node:crypto';
import { channelOfNamespace, sameChannel } from '../../chat/route.ts';
import type { Config } from '../../config/config.ts';
import { PullmedicError } from '../../domain/errors.ts';
import type { Instant } from '../../domain/instant.ts';
import type { NoticeJob, PublishJob } from '../../domain/jobs.ts';
import {
  compareWithMemory,
  type PreflightChanges,
  type PreflightLine,
  type PreflightMemory,
} from '../../domain/preflight/memory.ts';
import type { Clock } from '../../ports/clock.ts';
import type { InventoryReaders } from '../../ports/inventory-reader.ts';
import type { JobQueue } from '../../ports/job-queue.ts';
import type { Log, Metrics } from '../../ports/log.ts';
import type { PreflightStore } from '../../ports/preflight-store.ts';
import type { Registry } from '../../ports/registry.ts';
import { sendNotice } from '../sweeping/send-notice.ts';
import { readInventory } from './read-inventory.ts';
import { runPreflight } from './run-preflight.ts';

export interface WatchPreflightDeps {
  readonly config: Config;
  readonly inventories: InventoryReaders;
  /** Left out = no registry is asked. */
  readonly registry?: Registry | undefined;
  readonly store: PreflightStore;
  readonly publishQueue: JobQueue<PublishJob>;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** A run that was cut off, or whose cluster did not answer, is begun again after this. */
const AGAIN_MS = 60 * 60_000;
const HOUR_MS = 60 * 60_000;
/** Lines of one message; a job on the queue holds 256 kB. */
const LINES_TOLD = 25;

/**
 * Runs the preflight of each cluster whose time has come, one after the other, and tells the channels what changed since
 * the last one: the default channel all of it, a channel of a route its own namespaces.
 * @param signal ends the questions to registries
 * @throws {AggregateError} of {PullmedicError}s after all clusters had their turn: they come again within the hour
 */
export async function watchPreflight(deps: WatchPreflightDeps, signal: AbortSignal): Promise<void> {
  const { config, log, metrics } = deps;
  if (config.preflight.everyHours === 0) return;
  const errors: unknown[] = [];
  for (const { name } of config.clusters) {
    try {
      await watchCluster(name, deps, signal);
    } catch (error) {
      if (!(error instanceof PullmedicError)) throw error;
      log.warn('a preflight failed and is begun again within the hour', { cluster: name, error });
      metrics.count('PreflightsFailed', 1, { cluster: name });
      errors.push(error);
    }
  }
  if (errors.length > 0)
    throw new AggregateError(errors, `${errors.length} of ${config.clusters.length} clusters failed`);
}

async function watchCluster(cluster: string, deps: WatchPreflightDeps, signal: AbortSignal): Promise<void> {
  const { config, store, clock, inventories, log } = deps;
  const registry = config.askRegistries ? deps.registry : undefined;
  const startedAt = clock.now();
  let isMine = false;
  let before: PreflightMemory | undefined;
  // Two that are woken at once must not both read the cluster.
  await store.updateMemory(cluster, (memory) => {
    isMine = memory === undefined || memory.nextRunAt <= startedAt;
    before = memory;
    return isMine ? { known: [], gaps: 0, ...memory, nextRunAt: startedAt + AGAIN_MS } : undefined;
  });
  if (!isMine) return;

  const reader = await inventories.inventory(cluster);
  const request = { cluster, observedAt: startedAt, namespace: undefined, platforms: [] };
  const report = await runPreflight(await readInventory(reader, request), { registry, signal });
  const changes = compareWithMemory(report, before);
  const { appeared, gone, standing } = changes;
  // Told before it is remembered: a run that dies in between is told once more under the same id, and so once.
  const edition = { at: startedAt, id: editionOf(cluster, changes, before) };
  for (const job of noticesOf(cluster, edition, changes, config)) await sendNotice(job, deps.publishQueue);
  const nextRunAt = startedAt + config.preflight.everyHours * HOUR_MS;
  const after = { nextRunAt, endedAt: startedAt, known: standing, gaps: report.gaps.length };
  await store.updateMemory(cluster, () => after);
  log.info('preflight done', { cluster, findings: standing.length, appeared: appeared.length, gone: gone.length });
  countFindings(cluster, standing, deps.metrics);
}

/** The same for the same changes since the same run. */
function editionOf(cluster: string, { appeared, gone }: PreflightChanges, before: PreflightMemory | undefined): string {
  const ids = [appeared, gone].map((lines) => lines.map(({ id }) => id));
  const hash = createHash('sha256')
    .update(JSON.stringify([before?.endedAt, ...ids]))
    .digest('hex')
    .slice(0, 16);
  return `preflight/${cluster}/${hash}`;
}

interface Edition {
  readonly at: Instant;
  readonly id: string;
}

/** One message for each channel that has something to hear. */
function noticesOf(cluster: string, edition: Edition, changes: PreflightChanges, config: Config): readonly NoticeJob[] {
  const platform = config.slack.channel;
  const namespaces = new Set([...changes.appeared, ...changes.gone].flatMap((line) => line.namespaces));
  const channels = [...namespaces].map((namespace) => channelOfNamespace(cluster, namespace, config));
  const teams = [...new Set(channels)].filter((channel) => !sameChannel(channel, platform));
  const heardBy = (channel: string) => (line: PreflightLine) =>
    line.namespaces.some((namespace) => sameChannel(channelOfNamespace(cluster, namespace, config), channel));
  return [
    ...noticeOf(cluster, edition, changes, () => true, undefined),
    ...teams.flatMap((channel) => noticeOf(cluster, edition, changes, heardBy(channel), channel)),
  ];
}

function noticeOf(
  cluster: string,
  { at, id }: Edition,
  changes: PreflightChanges,
  isHeard: (line: PreflightLine) => boolean,
  channel: string | undefined,
): readonly NoticeJob[] {
  const [appeared, gone, standing] = [changes.appeared, changes.gone, changes.standing].map((all) =>
    all.filter(isHeard),
  );
  if (appeared === undefined || gone === undefined || appeared.length + gone.length === 0) return [];
  return [
    {
      kind: 'notice',
      id: channel === undefined ? id : `${id}/${channel}`,
      channel,
      notice: {
        type: 'preflight-changes',
        cluster,
        at,
        appeared: appeared.slice(0, LINES_TOLD),
        appearedCount: appeared.length,
        gone: gone.slice(0, LINES_TOLD),
        goneCount: gone.length,
        standing: standing?.length ?? 0,
      },
    },
  ];
}

function countFindings(cluster: string, lines: readonly PreflightLine[], metrics: Metrics): void {
  for (const [kind, same] of Map.groupBy(lines, (line) => line.kind)) {
    metrics.count('PreflightFindings', same.length, { cluster, kind });
  }
}
