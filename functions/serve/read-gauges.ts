import type { SocketMode } from '../../shared/adapters/slack/socket-mode.ts';
import type { Config } from '../../shared/config/config.ts';
import { hasEnded } from '../../shared/domain/incident/life.ts';
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
}): Promise<readonly Gauge[]> {
  const { engine, looks, socketMode, config, version } = deps;
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
