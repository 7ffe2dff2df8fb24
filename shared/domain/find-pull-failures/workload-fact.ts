import { parseInstant } from '../instant.ts';
import type { KubeObject, Pod, Workload } from '../kubernetes.ts';
import type { WorkloadFact } from '../pull-failure.ts';
import { readImageSetBy } from './image-set-by.ts';
import { namespaceOf, type SnapshotIndex } from './index-snapshot.ts';
import { readManagedBy } from './managed-by.ts';
import { type OtherRevision, readOtherRevision } from './other-revision.ts';
import { controllerOf, findTopOwner, type TopOwner } from './owner.ts';
import { isReady } from './pod-fact.ts';

const REVISION = 'deployment.kubernetes.io/revision';

/** Repeats the whole object and may hold what its author would not show. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** The top owner of a pod and how its rollout stands, as far as the snapshot has the objects. */
export function describeWorkload(pod: Pod, container: string, index: SnapshotIndex): WorkloadFact {
  const namespace = namespaceOf(pod);
  const top = findTopOwner(pod, index);
  const object: KubeObject | undefined = top.kind === 'Pod' ? pod : index.workload(namespace, top);
  const direct = controllerOf(pod.metadata?.ownerReferences);
  // The ReplicaSet or Job between the pod and its top owner, or the owner itself.
  const own = direct === undefined ? undefined : index.workload(namespace, direct);
  const other = readOtherRevision(pod, container, index);
  const setBy = object === undefined ? undefined : readImageSetBy(object, container);
  const workload = top.kind === 'Pod' ? undefined : (object as Workload | undefined);

  return {
    kind: top.kind,
    name: top.name,
    ...readReplicas(top, workload, own, pod),
    oldAvailable: readOldAvailable(top, workload, other),
    hasServed: readHasServed(workload),
    revision: readRevision(pod, own, workload),
    revisionCreatedAt: parseInstant(
      own?.kind === 'ReplicaSet' || own?.kind === 'Job' ? own.metadata?.creationTimestamp : undefined,
    ),
    previousImage: other?.image,
    previousRevision: other?.revision,
    isSuspendedOrPaused: workload?.spec?.paused === true || workload?.spec?.suspend === true,
    imageSetBy: setBy?.manager,
    imageSetAt: setBy?.at,
    templateImage: readTemplateImage(workload, container),
    managedBy: readManagedBy(object?.metadata) ?? readOperator(workload),
    annotations: readAnnotations(object),
  };
}

/** Image of a container in the pod template of a workload. */
export function readTemplateImage(workload: Workload | undefined, container: string): string | undefined {
  const spec = workload?.spec?.template?.spec;
  return [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])].find(({ name }) => name === container)?.image;
}

/** Pods wanted, and pods that serve (`status.availableReplicas` and its likes; absent means 0). */
function readReplicas(
  top: TopOwner,
  workload: Workload | undefined,
  own: Workload | undefined,
  pod: Pod,
): { readonly desired: number | undefined; readonly available: number | undefined } {
  if (top.kind === 'Pod') return { desired: 1, available: isReady(pod) ? 1 : 0 };
  switch (workload?.kind ?? own?.kind) {
    case 'Deployment':
    case 'ReplicaSet':
    case 'StatefulSet':
      if (workload === undefined) return { desired: undefined, available: undefined };
      return {
        desired: workload.spec?.replicas ?? 1,
        available: workload.status?.availableReplicas ?? workload.status?.readyReplicas ?? 0,
      };
    case 'DaemonSet':
      return { desired: workload?.status?.desiredNumberScheduled, available: workload?.status?.numberAvailable ?? 0 };
    case 'Job':
    case 'CronJob':
      return { desired: own === undefined ? undefined : (own.spec?.parallelism ?? 1), available: own?.status?.ready };
    default:
      return { desired: undefined, available: undefined };
  }
}

/** A Deployment's controller sets the condition within this time of the object's creation. */
const FIRST_CONDITION_MS = 5_000;

/**
 * A Deployment is born with `Available: False`; the condition's transition time stays at its birth until it was once
 * available (kubernetes `pkg/controller/deployment/util`). Other kinds keep no such memory.
 */
function readHasServed(workload: Workload | undefined): boolean | undefined {
  if (workload?.kind !== 'Deployment') return undefined;
  const condition = workload.status?.conditions?.find(({ type }) => type === 'Available');
  if (condition?.status === 'True') return true;
  const born = parseInstant(workload.metadata?.creationTimestamp);
  const since = parseInstant(condition?.lastTransitionTime);
  return born === undefined || since === undefined ? undefined : since - born > FIRST_CONDITION_MS;
}

/** Without another revision in sight, none serves only if all of the workload could be seen. */
function readOldAvailable(
  top: TopOwner,
  workload: Workload | undefined,
  other: OtherRevision | undefined,
): number | undefined {
  if (other !== undefined) return other.available;
  const isRolling = top.kind === 'Deployment' || top.kind === 'StatefulSet' || top.kind === 'DaemonSet';
  const available = workload?.status?.availableReplicas ?? workload?.status?.numberAvailable ?? 0;
  return isRolling && workload !== undefined && available === 0 ? 0 : undefined;
}

function readRevision(pod: Pod, own: Workload | undefined, workload: Workload | undefined): string | undefined {
  if (own?.kind === 'ReplicaSet') return own.metadata?.annotations?.[REVISION];
  // The Deployment's own annotation is that of its newest revision, which need not be this pod's.
  if (workload?.kind === 'Deployment' && own === undefined) return undefined;
  return pod.metadata?.labels?.['controller-revision-hash'];
}

function readOperator(workload: Workload | undefined): string | undefined {
  const owner = controllerOf(workload?.metadata?.ownerReferences);
  return owner === undefined || owner.controller !== true ? undefined : `${owner.kind} ${owner.name}`;
}

function readAnnotations(object: KubeObject | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(object?.metadata?.annotations ?? {}).filter(([key]) => key !== LAST_APPLIED),
  );
}
