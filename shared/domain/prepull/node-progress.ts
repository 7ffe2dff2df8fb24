import type { ContainerStatus, Pod } from '../kubernetes.ts';
import { imageContainerName } from './daemon-set.ts';

/** How far one node is. */
export interface NodeProgress {
  readonly node: string;
  readonly pod: string;
  /** `done`: it has every image. `failing`: something failed and is tried again. `waiting`: neither yet. */
  readonly state: 'done' | 'failing' | 'waiting';
  /** Images that are on the node. */
  readonly pulled: number;
  /** Reason and message of what it hangs on, as the cluster says it; `undefined` = nothing is wrong so far. */
  readonly why: string | undefined;
}

/** Waiting reasons that say nothing but "not yet". */
const NOT_YET = ['PodInitializing', 'ContainerCreating'];

/** Reads of the pods of a pre-pull how far each node is; the newest pod of a node counts. Sorted by node. */
export function nodeProgress(pods: readonly Pod[], imageCount: number): readonly NodeProgress[] {
  const newest = new Map<string, Pod>();
  for (const pod of pods) {
    if (typeof pod.metadata?.deletionTimestamp === 'string') continue;
    const node = nodeOf(pod);
    const other = newest.get(node);
    if (other === undefined || createdAt(pod) > createdAt(other)) newest.set(node, pod);
  }
  return [...newest]
    .map(([node, pod]) => progressOf(node, pod, imageCount))
    .sort((a, b) => a.node.localeCompare(b.node, 'en', { numeric: true }));
}

function progressOf(node: string, pod: Pod, imageCount: number): NodeProgress {
  const at = { node, pod: pod.metadata?.name ?? '' };
  const conditions = pod.status?.conditions ?? [];
  if (conditions.some(({ type, status }) => type === 'Ready' && status === 'True')) {
    return { ...at, state: 'done', pulled: imageCount, why: undefined };
  }
  const inits = pod.status?.initContainerStatuses ?? [];
  const names = Array.from({ length: imageCount }, (_, index) => imageContainerName(index));
  const pulled = inits.filter((status) => names.includes(status.name) && isOnNode(status)).length;
  const unscheduled = conditions.find(({ type, status }) => type === 'PodScheduled' && status === 'False');
  const why = [...inits, ...(pod.status?.containerStatuses ?? [])].map(problemOf).find((text) => text !== undefined);
  if (why !== undefined) return { ...at, state: 'failing', pulled, why };
  const reason = unscheduled && sentence(unscheduled.reason ?? 'Unschedulable', unscheduled.message);
  return { ...at, state: reason === undefined ? 'waiting' : 'failing', pulled, why: reason };
}

/** A container gets an image id when it is created, which takes the image. */
function isOnNode({ imageID, state, lastState }: ContainerStatus): boolean {
  return (
    (imageID ?? '') !== '' ||
    [state, lastState].some((one) => (one?.running ?? one?.terminated ?? undefined) !== undefined)
  );
}

function problemOf({ name, state }: ContainerStatus): string | undefined {
  const { waiting, terminated } = state ?? {};
  if (waiting?.reason !== undefined && !NOT_YET.includes(waiting.reason)) {
    return sentence(`${name}: ${waiting.reason}`, waiting.message);
  }
  if (terminated !== undefined && (terminated.exitCode ?? 0) !== 0) {
    return `${name}: ${terminated.reason ?? 'Error'}, exit status ${terminated.exitCode}`;
  }
  return undefined;
}

function sentence(reason: string, message: string | undefined): string {
  return message === undefined || message === '' ? reason : `${reason}: ${message}`;
}

/** A DaemonSet's pod names its node before it is there, by its affinity. */
function nodeOf({ metadata, spec }: Pod): string {
  if (spec?.nodeName !== undefined) return spec.nodeName;
  const terms = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const fields = terms.flatMap(({ matchFields = [] }) => matchFields);
  return fields.find(({ key }) => key === 'metadata.name')?.values?.[0] ?? `(node of pod ${metadata?.name})`;
}

function createdAt({ metadata }: Pod): string {
  return metadata?.creationTimestamp ?? '';
}
