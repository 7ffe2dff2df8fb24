import type { OwnerReference, Pod } from '../kubernetes.ts';
import { nameOf, namespaceOf, type SnapshotIndex } from './index-snapshot.ts';

/** The top owner that people know a pod by: a Deployment, not its ReplicaSet; a CronJob, not its Job. */
export interface TopOwner {
  /** `Pod` for a bare or static one. */
  readonly kind: string;
  readonly name: string;
}

/** Pods of one snapshot are asked about many times: each sibling of a failing pod asks for all of them. */
const known = new WeakMap<SnapshotIndex, WeakMap<Pod, TopOwner>>();

/** `kind` is whatever the owner reference says, so custom controllers keep theirs. */
export function findTopOwner(pod: Pod, index: SnapshotIndex): TopOwner {
  const owners = known.get(index) ?? new WeakMap<Pod, TopOwner>();
  known.set(index, owners);
  const owner = owners.get(pod) ?? readTopOwner(pod, index);
  owners.set(pod, owner);
  return owner;
}

function readTopOwner(pod: Pod, index: SnapshotIndex): TopOwner {
  const owner = controllerOf(pod.metadata?.ownerReferences);
  // A static pod's mirror is owned by its Node, which nobody would call its workload.
  if (owner === undefined || owner.kind === 'Node') return { kind: 'Pod', name: nameOf(pod) };
  const above = ownerAbove(pod, owner, index);
  return above ?? { kind: owner.kind, name: owner.name };
}

export function controllerOf(references: readonly OwnerReference[] | undefined): OwnerReference | undefined {
  return references?.find(({ controller }) => controller === true) ?? references?.[0];
}

function ownerAbove(pod: Pod, owner: OwnerReference, index: SnapshotIndex): TopOwner | undefined {
  if (owner.kind !== 'ReplicaSet' && owner.kind !== 'Job') return undefined;
  const namespace = namespaceOf(pod);
  const object = index.workload(namespace, owner);
  if (object !== undefined) {
    const above = controllerOf(object.metadata?.ownerReferences);
    return above === undefined ? undefined : { kind: above.kind, name: above.name };
  }

  if (owner.kind === 'ReplicaSet') {
    // Only the Deployment controller sets this label, and it names its ReplicaSets <deployment>-<hash>.
    const hash = pod.metadata?.labels?.['pod-template-hash'];
    return hash !== undefined && hash !== '' && owner.name.endsWith(`-${hash}`) && owner.name.length > hash.length + 1
      ? { kind: 'Deployment', name: owner.name.slice(0, -hash.length - 1) }
      : undefined;
  }
  // Its Jobs are <cronjob>-<minutes since the epoch>; a name alone proves nothing, the CronJob must be there too.
  const [, cronJob] = /^(.+)-\d{8}$/.exec(owner.name) ?? [];
  if (cronJob === undefined) return undefined;
  const found = index.workload(namespace, { kind: 'CronJob', name: cronJob });
  return found === undefined ? undefined : { kind: 'CronJob', name: cronJob };
}
