import { buildFailure } from './find-pull-failures/build-failure.ts';
import { indexSnapshot, nameOf, namespaceOf, type SnapshotIndex } from './find-pull-failures/index-snapshot.ts';
import { type JudgedContainer, judgeContainers, type PullState } from './find-pull-failures/judge-container.ts';
import { findTopOwner } from './find-pull-failures/owner.ts';
import { createPeerReader } from './find-pull-failures/peers.ts';
import { describePod } from './find-pull-failures/pod-fact.ts';
import { describeWorkload } from './find-pull-failures/workload-fact.ts';
import type { ContainerKind, PullFailure, WorkloadFact } from './pull-failure.ts';
import type { ClusterSnapshot } from './snapshot.ts';

export type { PullState } from './find-pull-failures/judge-container.ts';

/** How the pull of one container of one pod stands: `namespace/workloadKind/workloadName/container` is its member key. */
export interface ContainerStateFact {
  readonly namespace: string;
  readonly pod: string;
  readonly podUid: string | undefined;
  /** Top owner; `Pod` and the pod's name for a bare or static one. */
  readonly workloadKind: string;
  readonly workloadName: string;
  readonly container: string;
  readonly kind: ContainerKind;
  /** As written in the pod; the volume's reference where an image volume is what fails. */
  readonly image: string | undefined;
  readonly state: PullState;
  /** Waiting reason as the status says it. */
  readonly reason: string | undefined;
  readonly phase: string | undefined;
  readonly node: string | undefined;
  /** Whether any container of the pod ever started. */
  readonly hasStarted: boolean;
}

/**
 * Every container of the snapshot that cannot get its image, with all that the snapshot says of it, in the order of the
 * pods. Malformed objects count as absent; nothing that stands in a cluster makes this throw.
 */
export function findPullFailures(snapshot: ClusterSnapshot): readonly PullFailure[] {
  const index = indexSnapshot(snapshot);
  const all = judgeAll(index);
  const peersOf = createPeerReader(all, index);
  return all.flatMap((judged) =>
    judged.state === 'failing' || judged.state === 'stalled'
      ? [buildFailure(judged, judged.state, peersOf(judged), index)]
      : [],
  );
}

/** How every container of the snapshot stands, failing or not: what tells recovered members from failing ones. */
export function listContainerStates(snapshot: ClusterSnapshot): readonly ContainerStateFact[] {
  const index = indexSnapshot(snapshot);
  return judgeAll(index).map((judged) => toStateFact(judged, index));
}

/**
 * The workload of a pod and its rollout, for containers that no longer fail too.
 *
 * @returns `undefined` where the snapshot has no such pod
 */
export function readWorkload(
  snapshot: ClusterSnapshot,
  at: { readonly namespace: string; readonly pod: string; readonly container: string },
): WorkloadFact | undefined {
  const index = indexSnapshot(snapshot);
  const pod = index.podsIn(at.namespace).find((candidate) => nameOf(candidate) === at.pod);
  return pod === undefined ? undefined : describeWorkload(pod, at.container, index);
}

function judgeAll(index: SnapshotIndex): readonly JudgedContainer[] {
  return index.snapshot.pods.flatMap((pod) => judgeContainers(pod, index));
}

function toStateFact(
  { pod, container, kind, image, state, reason }: JudgedContainer,
  index: SnapshotIndex,
): ContainerStateFact {
  const owner = findTopOwner(pod, index);
  const { uid, phase, nodeName, hasStarted } = describePod(pod);
  return {
    namespace: namespaceOf(pod),
    pod: nameOf(pod),
    podUid: uid,
    workloadKind: owner.kind,
    workloadName: owner.name,
    container: container.name,
    kind,
    image,
    state,
    reason,
    phase,
    node: nodeName,
    hasStarted,
  };
}
