import { controllerOf } from '../../domain/find-pull-failures/owner.ts';
import { whyNotDeletable } from '../../domain/find-pull-failures/why-not-deletable.ts';
import { parseInstant } from '../../domain/instant.ts';
import type { Pod } from '../../domain/kubernetes.ts';
import { chooseStuckPods, type StuckPodChoice } from '../../domain/refresh/choose-stuck-pods.ts';
import type { DeletePod } from '../../domain/remedy/change.ts';
import type { RemedyContext } from '../remedy.ts';

/** Stuck pods of a member: those that are deleted, and all of them. */
export interface StuckPods {
  readonly deleted: readonly DeletePod[];
  readonly stuck: number;
  /** Of those that are stuck, the ones that may be deleted at all. */
  readonly replaceable: number;
  /** Why the first of the others may not be, in words. */
  readonly obstacle: string | undefined;
}

/** Oldest first: a pod that comes later must not change which one is chosen. */
export function findStuckPods(
  context: RemedyContext,
  choice: Pick<StuckPodChoice, 'secretNames' | 'isRegistry' | 'isEach'>,
): StuckPods {
  const failing = stuckContainers(context);
  const pods = [...new Set(failing.map(({ pod }) => pod))].sort(byAge);
  const containers = new Map(failing.map(({ pod, container }) => [pod, container.name]));
  const byUid = new Map(pods.map((pod) => [pod.metadata?.uid, pod]));
  const chosen = chooseStuckPods(pods, { ...choice, failingIn: (pod) => containers.get(pod) });
  const obstacles = pods.map(whyNotDeletable);
  return {
    deleted: chosen.map(({ namespace, name, uid }) => ({
      kind: 'delete-pod',
      namespace,
      name,
      uid,
      node: byUid.get(uid)?.spec?.nodeName,
      controller: describeController(byUid.get(uid)),
    })),
    stuck: pods.length,
    replaceable: obstacles.filter((why) => why === undefined).length,
    obstacle: obstacles.find((why) => why !== undefined),
  };
}

/** Those of a member that wait for their image. */
export function stuckContainers({ member, world }: RemedyContext) {
  return world.containersOf(member.key).filter(({ state }) => state === 'failing' || state === 'stalled');
}

function describeController(pod: Pod | undefined): string {
  const owner = controllerOf(pod?.metadata?.ownerReferences);
  return owner === undefined ? 'its controller' : `${owner.kind} ${owner.name}`;
}

function byAge({ metadata: a }: Pod, { metadata: b }: Pod): number {
  const ages = (parseInstant(a?.creationTimestamp) ?? 0) - (parseInstant(b?.creationTimestamp) ?? 0);
  return ages || ((a?.name ?? '') < (b?.name ?? '') ? -1 : 1);
}
