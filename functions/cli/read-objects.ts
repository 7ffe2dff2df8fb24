import { isRecord } from '../../shared/domain/is-record.ts';
import {
  type KubeEvent,
  type KubeObject,
  type KubeSecret,
  type Namespace,
  type Node,
  type Pod,
  type ServiceAccount,
  WORKLOAD_KINDS,
  type Workload,
} from '../../shared/domain/kubernetes.ts';
import type { ClusterSnapshot } from '../../shared/domain/snapshot.ts';
import { UsageError } from './io.ts';
import { JsonStreamError, parseJsonValues } from './json-values.ts';
import { newestTimestamp } from './newest-timestamp.ts';
import { isYaml, parseYamlValues } from './yaml-values.ts';

/** A text and what to call it in an error: a file's name, or `standard input`. */
export interface Source {
  readonly name: string;
  readonly text: string;
}

/**
 * Recorded Kubernetes objects ─▶ snapshot: JSON objects or YAML documents, `List`s of them, typed lists, arrays and watch events, in any
 * number and mix. The same object given twice counts once, in its newest version. What it does not know, it leaves out.
 *
 * @param options.at "now"; where it is left out, the newest timestamp in the objects, else `options.clock`
 * @throws {UsageError} for text that is neither JSON nor YAML, or holds no Kubernetes object
 */
export function readObjects(
  sources: readonly Source[],
  options: { readonly at: number | undefined; readonly clock: number },
): ClusterSnapshot {
  const objects = newestVersions(sources.flatMap(readSource));
  const of = <T extends KubeObject>(...kinds: readonly string[]) =>
    // Outside data: `findPullFailures` takes from it only what has the right form.
    objects.filter(({ kind }) => kinds.includes(kind ?? '')) as readonly KubeObject[] as readonly T[];
  return {
    cluster: undefined,
    pods: of<Pod>('Pod'),
    events: of<KubeEvent>('Event').map(toCoreEvent),
    secrets: of<KubeSecret>('Secret'),
    secretsNotRead: {},
    serviceAccounts: of<ServiceAccount>('ServiceAccount'),
    nodes: of<Node>('Node'),
    workloads: of<Workload>(...WORKLOAD_KINDS),
    namespaces: of<Namespace>('Namespace'),
    gaps: [],
    observedAt: options.at ?? newestTimestamp(objects) ?? options.clock,
  };
}

function readSource({ name, text }: Source): readonly KubeObject[] {
  if (text.trim() === '') throw new UsageError(`${name}: is empty; expected Kubernetes objects as JSON or YAML`);
  if (text.includes('\0')) throw new UsageError(`${name}: is binary; expected Kubernetes objects as JSON or YAML`);
  let values: readonly { readonly value: unknown }[];
  try {
    values = isYaml(text) ? parseYamlValues(text) : parseJsonValues(text);
  } catch (error) {
    if (!(error instanceof JsonStreamError)) throw error;
    throw new UsageError(`${name}: ${error.message}`);
  }
  let isKubernetes = false;
  const objects = values.flatMap(({ value }) => {
    const found = flatten(value, undefined);
    isKubernetes ||= found !== undefined;
    return found ?? [];
  });
  if (!isKubernetes) {
    throw new UsageError(`${name}: holds no Kubernetes object; expected a List or objects with kind and metadata`);
  }
  return objects;
}

/** Lists in lists in watch events: a person's file nests a few, a hostile one must not exhaust the stack. */
const DEEPEST = 20;

/** @returns `undefined` for a value that is no Kubernetes object; an empty List is one that holds none */
function flatten(value: unknown, listKind: string | undefined, depth = 0): readonly KubeObject[] | undefined {
  if (depth > DEEPEST) return undefined;
  if (Array.isArray(value)) {
    const found = value.map((item: unknown) => flatten(item, undefined, depth + 1));
    return found.some((objects) => objects !== undefined) ? found.flatMap((objects) => objects ?? []) : undefined;
  }
  if (!isRecord(value)) return undefined;
  // kubectl get --watch --output-watch-events
  if (isRecord(value['object']) && typeof value['type'] === 'string')
    return flatten(value['object'], undefined, depth + 1);
  const kind = typeof value['kind'] === 'string' ? value['kind'] : listKind;
  if (kind === undefined) return undefined;
  if (kind.endsWith('List')) {
    // Items of a typed list (PodList) do not repeat their kind.
    const itemKind = kind === 'List' ? undefined : kind.slice(0, -'List'.length);
    const items = Array.isArray(value['items']) ? value['items'] : [];
    return items.flatMap((item: unknown) => flatten(item, itemKind, depth + 1) ?? []);
  }
  return isRecord(value['metadata']) ? [{ ...value, kind }] : undefined;
}

/** By resource version where both have one (watches and repeated gets), else the later one in the input. */
function newestVersions(objects: readonly KubeObject[]): readonly KubeObject[] {
  const newest = new Map<string, KubeObject>();
  for (const [position, object] of objects.entries()) {
    const { namespace, name, uid } = object.metadata ?? {};
    // An object without a name is dropped later; here it must not swallow another one.
    const key = typeof name === 'string' ? JSON.stringify([object.kind, namespace, name, uid]) : `#${position}`;
    const known = newest.get(key);
    if (known === undefined || versionOf(object) >= versionOf(known)) newest.set(key, object);
  }
  return [...newest.values()];
}

function versionOf(object: KubeObject): number {
  const version = Number(object.metadata?.resourceVersion);
  return Number.isFinite(version) ? version : Number.POSITIVE_INFINITY;
}

/** `events.k8s.io/v1` names the same things differently. */
function toCoreEvent(event: KubeEvent): KubeEvent {
  const other: Readonly<Record<string, unknown>> = { ...event };
  if (!isRecord(other['regarding'])) return event;
  const renamed = {
    ...event,
    involvedObject: other['regarding'],
    message: other['note'],
    count: other['deprecatedCount'],
    firstTimestamp: other['deprecatedFirstTimestamp'],
    lastTimestamp: other['deprecatedLastTimestamp'],
    source: other['deprecatedSource'],
  };
  // As with every object here, the form is checked where it is read.
  return renamed as unknown as KubeEvent;
}
