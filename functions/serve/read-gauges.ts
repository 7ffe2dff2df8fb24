import type { SocketMode } from '../../shared/adapters/slack/socket-mode.ts';
import type { Config } from '../../shared/config/config.ts';
import { hasEnded } from '../../shared/domain/incident/life.ts';
import type { Instant } from '../../shared/domain/instant.ts';
import { judgeRefreshHealth } from '../../shared/domain/refresh/refresh-health.ts';
import { targetsOf } from '../../shared/domain/refresh/want-secrets.ts';
import type { Engine } from './engine.ts';
import type { Gauge } from './gauges.ts';
import type { LookWatch } from './watch-looks.ts';

/** More open incidents than this are not counted: a cluster that bad needs no number. */
const MAX_SCOPES = 10_000;

/** What `/metrics` says beside the counters. @throws {StoreError | QueueError} */
export async function readGauges(deps: {
  readonly engine: Engine;
  readonly looks: LookWatch;
  /** `undefined` = not configured. */
  readonly socketMode: SocketMode | undefined;
  readonly config: Config;
  readonly version: string;
  readonly now: Instant;
}): Promise<readonly Gauge[]> {
  const { engine, looks, socketMode, config, version } = deps;
  const refresh = await readRefresh(deps);
  const jobs = Object.entries(await engine.jobs());
  const open = new Map<string, Set<string>>(config.clusters.map(({ name }) => [name, new Set()]));
  for (const { incident } of await engine.store.dueScopes(Number.MAX_SAFE_INTEGER, MAX_SCOPES)) {
    if (!hasEnded(incident)) open.set(incident.cluster, (open.get(incident.cluster) ?? new Set()).add(incident.id));
  }
  return [
    {
      name: 'pullmedic_build_info',
      help: 'Always 1; the labels say what runs.',
      series: [{ labels: { version, node: process.versions.node }, value: 1 }],
    },
    {
      name: 'pullmedic_queue_jobs',
      help: 'Jobs that wait, are delayed or are worked on.',
      series: jobs.filter(([name]) => !name.endsWith('-dead')).map(([queue, value]) => ({ labels: { queue }, value })),
    },
    {
      name: 'pullmedic_dead_letter_jobs',
      help: 'Jobs that no worker could do and that could not be told in Slack yet. Anything but 0 for long is an alarm.',
      series: jobs
        .filter(([name]) => name.endsWith('-dead'))
        .map(([name, value]) => ({ labels: { queue: name.replace(/-dead$/, '') }, value })),
    },
    {
      name: 'pullmedic_open_incidents',
      help: 'Incidents that have not ended.',
      series: [...open].map(([cluster, ids]) => ({ labels: { cluster }, value: ids.size })),
    },
    {
      name: 'pullmedic_seconds_since_last_look',
      help: 'Seconds since the cluster was last read with success, since the start where it was not read yet.',
      series: config.clusters.map(({ name }) => ({ labels: { cluster: name }, value: looks.secondsSince(name) })),
    },
    {
      name: 'pullmedic_refresh_seconds_since_success',
      help: 'Seconds since the pull secrets of a cluster were last looked at and not all failed; since the first try where they never were.',
      series: refresh.map(({ cluster, secondsSinceSuccess }) => ({ labels: { cluster }, value: secondsSinceSuccess })),
    },
    {
      name: 'pullmedic_refresh_minimum_life_left_seconds',
      help: 'Seconds until the first token ends that a target keeps fresh; negative once it has.',
      series: refresh.flatMap(({ cluster, minimumLifeLeftSeconds: value }) =>
        value === undefined ? [] : [{ labels: { cluster }, value }],
      ),
    },
    {
      name: 'pullmedic_refresh_secrets',
      help: 'Pull secrets of targets that the last whole refresh found.',
      series: refresh.map(({ cluster, secrets }) => ({ labels: { cluster }, value: secrets })),
    },
    {
      name: 'pullmedic_refresh_secrets_failing',
      help: 'Those of them that it should have written and could not.',
      series: refresh.map(({ cluster, failed }) => ({ labels: { cluster }, value: failed })),
    },
    ...(socketMode === undefined
      ? []
      : [
          {
            name: 'pullmedic_socket_mode_connected',
            help: '1 while Slack can send clicks by Socket Mode.',
            series: [{ labels: {}, value: socketMode.isConnected() ? 1 : 0 }],
          },
        ]),
  ];
}

/** Of clusters that a target names. */
async function readRefresh({
  engine,
  config,
  now,
}: {
  readonly engine: Engine;
  readonly config: Config;
  readonly now: Instant;
}) {
  const clusters = config.clusters.filter(({ name }) => targetsOf(name, config.targets).length > 0);
  return Promise.all(
    clusters.map(async ({ name }) => judgeRefreshHealth(name, await engine.refreshStore.memory(name), now)),
  );
}
