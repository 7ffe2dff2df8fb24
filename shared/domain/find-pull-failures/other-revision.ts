import type { Pod, PodSpec, Workload } from '../kubernetes.ts';
import { namespaceOf, type SnapshotIndex } from './index-snapshot.ts';
import { controllerOf, findTopOwner } from './owner.ts';
import { isReady } from './pod-fact.ts';

/** The revision of a workload that serves while another one is stuck, or the one before. */
export interface OtherRevision {
  /** Available pods over all other revisions. */
  readonly available: number | undefined;
  readonly image: string | undefined;
  readonly revision: string | undefined;
}

const REVISION = 'deployment.kubernetes.io/revision';

/** @returns `undefined` where no other revision is in sight */
export function readOtherRevision(pod: Pod, container: string, index: SnapshotIndex): OtherRevision | undefined {
  return fromReplicaSets(pod, container, index) ?? fromPods(pod, container, index);
}

/** A Deployment keeps its old revisions as ReplicaSets. */
function fromReplicaSets(pod: Pod, container: string, index: SnapshotIndex): OtherRevision | undefined {
  const namespace = namespaceOf(pod);
  const direct = controllerOf(pod.metadata?.ownerReferences);
  const own = direct?.kind === 'ReplicaSet' ? index.workload(namespace, direct) : undefined;
  const owner = controllerOf(own?.metadata?.ownerReferences);
  if (own === undefined || owner === undefined) return undefined;

  const others = index
    .workloadsIn(namespace)
    .filter((other) => other.kind === 'ReplicaSet' && other !== own && isOwnedBy(other, owner))
    .sort((a, b) => revisionNumber(b) - revisionNumber(a));
  if (others.length === 0) return undefined;

  const serving = others.find(({ status }) => (status?.availableReplicas ?? 0) > 0);
  const before = others.find((other) => revisionNumber(other) < revisionNumber(own));
  const best = serving ?? before;
  return {
    available: others.reduce((sum, { status }) => sum + (status?.availableReplicas ?? 0), 0),
    image: imageIn(best?.spec?.template?.spec, container),
    revision: best?.metadata?.annotations?.[REVISION],
  };
}

/** StatefulSets and DaemonSets name a pod's revision in a label; so do Deployments, where the ReplicaSets are not known. */
function fromPods(pod: Pod, container: string, index: SnapshotIndex): OtherRevision | undefined {
  const own = revisionLabel(pod);
  if (own === undefined) return undefined;
  const top = findTopOwner(pod, index);
  const others = index.podsIn(namespaceOf(pod)).filter((other) => {
    const revision = revisionLabel(other);
    if (revision === undefined || revision === own || other.metadata?.deletionTimestamp !== undefined) return false;
    const owner = findTopOwner(other, index);
    return owner.kind === top.kind && owner.name === top.name;
  });
  if (others.length === 0) return undefined;
  const serving = others.filter(isReady);
  const best = serving[0];
  return {
    available: serving.length,
    image: imageIn(best?.spec, container),
    revision: best === undefined || top.kind === 'Deployment' ? undefined : revisionLabel(best),
  };
}

function isOwnedBy(object: Workload, owner: { readonly name: string; readonly uid?: string }): boolean {
  const other = controllerOf(object.metadata?.ownerReferences);
  return other?.name === owner.name && (other.uid === undefined || owner.uid === undefined || other.uid === owner.uid);
}

function revisionNumber(object: Workload): number {
  const revision = Number(object.metadata?.annotations?.[REVISION] ?? '0');
  return Number.isFinite(revision) ? revision : 0;
}

function revisionLabel({ metadata }: Pod): string | undefined {
  return metadata?.labels?.['controller-revision-hash'] ?? metadata?.labels?.['pod-template-hash'];
}

function imageIn(spec: PodSpec | undefined, container: string): string | undefined {
  return [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])].find(({ name }) => name === container)?.image;
}
