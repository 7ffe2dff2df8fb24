import {
  type ApiObject,
  type EventObject,
  isConditionTrue,
  type Json,
  type NodeObject,
  type PodObject,
  type SecretObject,
  type WorkloadObject,
} from './objects.ts';
import { podReason } from './pod-reason.ts';
import {
  CONFIG_MAPS,
  DAEMON_SETS,
  DEPLOYMENTS,
  EVENTS,
  JOBS,
  NAMESPACES,
  NODES,
  PODS,
  REPLICA_SETS,
  type Resource,
  SECRETS,
  SERVICE_ACCOUNTS,
  STATEFUL_SETS,
} from './resources.ts';

export interface Column {
  readonly name: string;
  readonly type?: 'string' | 'integer';
  /** 0 = always, 1 = with -o wide. */
  readonly priority?: number;
  cell(object: ApiObject, now: number): string | number;
}

/** `5m3s`, `3h`, `2d` as apimachinery's duration.HumanDuration prints. */
export function humanDuration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return seconds % 60 === 0 ? `${minutes}m` : `${minutes}m${seconds % 60}s`;
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return minutes % 60 === 0 ? `${hours}h` : `${hours}h${minutes % 60}m`;
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  if (days < 8) return hours % 24 === 0 ? `${days}d` : `${days}d${hours % 24}h`;
  return days < 730 ? `${days}d` : `${Math.floor(days / 365)}y`;
}

function age(at: string | null | undefined, now: number): string {
  return at ? humanDuration(now - Date.parse(at)) : '<unknown>';
}

const NAME: Column = { name: 'Name', cell: ({ metadata }) => metadata.name };
const AGE: Column = { name: 'Age', cell: ({ metadata }, now) => age(metadata.creationTimestamp, now) };

function pod(name: string, cell: (pod: PodObject, now: number) => string | number, priority = 0): Column {
  return { name, priority, cell: (object, now) => cell(object as PodObject, now) };
}

function workload(
  name: string,
  cell: (workload: WorkloadObject, now: number) => string | number,
  priority = 0,
): Column {
  return { name, priority, cell: (object, now) => cell(object as WorkloadObject, now) };
}

function status(name: string): (workload: WorkloadObject) => number {
  return ({ status: fields }) => Number(fields?.[name] ?? 0);
}

function images({ spec }: WorkloadObject): string {
  return spec.template.spec.containers.map(({ image }) => image).join(',');
}

function selector({ spec }: WorkloadObject): string {
  return Object.entries(spec.selector?.matchLabels ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
}

const WIDE: readonly Column[] = [
  workload('Containers', ({ spec }) => spec.template.spec.containers.map(({ name }) => name).join(','), 1),
  workload('Images', images, 1),
  workload('Selector', selector, 1),
];

function ready(name: string): Column {
  return workload('Ready', (one) => `${status(name)(one)}/${one.spec.replicas ?? 0}`);
}

const EVENT: readonly Column[] = [
  {
    name: 'Last Seen',
    cell: (object, now) => {
      const event = object as EventObject;
      return age(
        event.lastTimestamp ?? event.eventTime ?? event.firstTimestamp ?? event.metadata.creationTimestamp,
        now,
      );
    },
  },
  { name: 'Type', cell: (object) => (object as EventObject).type ?? '' },
  { name: 'Reason', cell: (object) => (object as EventObject).reason ?? '' },
  {
    name: 'Object',
    cell: (object) => {
      const { kind, name } = (object as EventObject).involvedObject;
      return `${kind.toLowerCase()}/${name}`;
    },
  },
  { name: 'Message', cell: (object) => ((object as EventObject).message ?? '').trim() },
];

const COLUMNS: ReadonlyMap<Resource, readonly Column[]> = new Map<Resource, readonly Column[]>([
  [
    PODS,
    [
      NAME,
      pod('Ready', (one) => {
        const all = one.status.containerStatuses ?? [];
        return `${all.filter((container) => container.ready).length}/${one.spec.containers.length}`;
      }),
      pod('Status', podReason),
      pod('Restarts', (one) =>
        (one.status.containerStatuses ?? []).reduce((sum, { restartCount }) => sum + restartCount, 0),
      ),
      AGE,
      pod('IP', (one) => one.status.podIP ?? '<none>', 1),
      pod('Node', (one) => one.spec.nodeName ?? '<none>', 1),
      pod('Nominated Node', () => '<none>', 1),
      pod('Readiness Gates', () => '<none>', 1),
    ],
  ],
  [
    DEPLOYMENTS,
    [
      NAME,
      ready('readyReplicas'),
      workload('Up-to-date', status('updatedReplicas')),
      workload('Available', status('availableReplicas')),
      AGE,
      ...WIDE,
    ],
  ],
  [
    REPLICA_SETS,
    [
      NAME,
      workload('Desired', ({ spec }) => spec.replicas ?? 0),
      workload('Current', status('replicas')),
      workload('Ready', status('readyReplicas')),
      AGE,
      ...WIDE,
    ],
  ],
  [STATEFUL_SETS, [NAME, ready('readyReplicas'), AGE, ...WIDE]],
  [
    DAEMON_SETS,
    [
      NAME,
      workload('Desired', status('desiredNumberScheduled')),
      workload('Current', status('currentNumberScheduled')),
      workload('Ready', status('numberReady')),
      workload('Up-to-date', status('updatedNumberScheduled')),
      workload('Available', status('numberAvailable')),
      workload('Node Selector', () => '<none>'),
      AGE,
      ...WIDE,
    ],
  ],
  [
    JOBS,
    [
      NAME,
      workload('Status', ({ status: { conditions } }) =>
        isConditionTrue(conditions, 'Complete')
          ? 'Complete'
          : isConditionTrue(conditions, 'Failed')
            ? 'Failed'
            : 'Running',
      ),
      workload('Completions', (one) => `${status('succeeded')(one)}/${one.spec.completions ?? 1}`),
      workload('Duration', ({ status: { startTime, completionTime } }, now) =>
        typeof startTime === 'string'
          ? humanDuration(
              (typeof completionTime === 'string' ? Date.parse(completionTime) : now) - Date.parse(startTime),
            )
          : '',
      ),
      AGE,
    ],
  ],
  [EVENTS, EVENT],
  [
    SECRETS,
    [
      NAME,
      { name: 'Type', cell: (object) => (object as SecretObject).type ?? 'Opaque' },
      { name: 'Data', type: 'integer', cell: (object) => Object.keys((object as SecretObject).data ?? {}).length },
      AGE,
    ],
  ],
  [
    CONFIG_MAPS,
    [
      NAME,
      {
        name: 'Data',
        type: 'integer',
        cell: (object) => Object.keys(((object as ApiObject & Json)['data'] as Json) ?? {}).length,
      },
      AGE,
    ],
  ],
  [SERVICE_ACCOUNTS, [NAME, { name: 'Secrets', type: 'integer', cell: () => 0 }, AGE]],
  [
    NAMESPACES,
    [
      NAME,
      { name: 'Status', cell: (object) => String(((object as ApiObject & Json)['status'] as Json)?.['phase'] ?? '') },
      AGE,
    ],
  ],
  [
    NODES,
    [
      NAME,
      {
        name: 'Status',
        cell: (object) => {
          const node = object as NodeObject;
          const state = isConditionTrue(node.status.conditions, 'Ready') ? 'Ready' : 'NotReady';
          return node.spec.unschedulable ? `${state},SchedulingDisabled` : state;
        },
      },
      { name: 'Roles', cell: () => '<none>' },
      AGE,
      { name: 'Version', cell: (object) => (object as NodeObject).status.nodeInfo['kubeletVersion'] ?? '' },
      { name: 'Internal-IP', priority: 1, cell: (object) => (object as NodeObject).status.addresses[0]?.address ?? '' },
      { name: 'OS-Image', priority: 1, cell: (object) => (object as NodeObject).status.nodeInfo['osImage'] ?? '' },
      {
        name: 'Container-Runtime',
        priority: 1,
        cell: (object) => (object as NodeObject).status.nodeInfo['containerRuntimeVersion'] ?? '',
      },
    ],
  ],
]);

/** Columns of a kind; name and age where it has none of its own. */
export function columnsOf(resource: Resource): readonly Column[] {
  return COLUMNS.get(resource) ?? [NAME, AGE];
}
