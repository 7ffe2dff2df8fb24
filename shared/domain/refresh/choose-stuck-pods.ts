import { statusesOf } from '../find-pull-failures/pod-fact.ts';
import { whyNotDeletable } from '../find-pull-failures/why-not-deletable.ts';
import { parseImageReference } from '../image-reference.ts';
import type { Pod } from '../kubernetes.ts';

/** A pod that may be deleted, as it was read: it is deleted only if it still is that. */
export interface StuckPod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
}

/** Of one namespace; the others follow once the image is on their node, or at the kubelet's next try. */
const MAX_PODS = 20;
/** Reasons after which the kubelet tries again, later and later. */
const BACKS_OFF: readonly string[] = ['ErrImagePull', 'ImagePullBackOff'];

/** Which stuck pods are meant, and how many of them a new try needs. */
export interface StuckPodChoice {
  /** Pods that use one of these Secrets; `undefined` = any. */
  readonly secretNames?: ReadonlySet<string> | undefined;
  /** `undefined` = any. */
  readonly isRegistry?: ((host: string) => boolean) | undefined;
  /** Name of the container that is known to fail; left out = whichever backs off by its waiting reason. */
  readonly failingIn?: ((pod: Pod) => string | undefined) | undefined;
  /** Each of them, where every pod needs something that only a new pod gets. */
  readonly isEach?: boolean | undefined;
}

/**
 * Pods that wait out the kubelet's back-off for something that was corrected: one for each node and image, since the
 * others start once the image is there (measured: 1 of 7 deleted, all 7 ran in 11 s); with pull policy Always each.
 * Only what `whyNotDeletable` lets pass. Of several the first one: pass them in an order that lasts.
 */
export function chooseStuckPods(pods: readonly Pod[], choice: StuckPodChoice): readonly StuckPod[] {
  const { secretNames, isRegistry, failingIn = backingOff, isEach = false } = choice;
  const chosen = new Map<string, StuckPod>();
  for (const pod of pods.filter((one) => whyNotDeletable(one) === undefined)) {
    const names = pod.spec?.imagePullSecrets?.map(({ name }) => name ?? '') ?? [];
    const failing = failingIn(pod);
    const { namespace = '', name = '', uid, resourceVersion } = pod.metadata ?? {};
    if (failing === undefined || !uid || !resourceVersion) continue;
    if (secretNames !== undefined && !names.some((one) => secretNames.has(one))) continue;
    const container = containerOf(pod, failing);
    if (isRegistry !== undefined) {
      const image = parseImageReference(container?.image ?? '');
      if (image === undefined || !isRegistry(image.registry)) continue;
    }
    const isOwn = isEach || container?.imagePullPolicy === 'Always';
    const key = isOwn ? uid : `${pod.spec?.nodeName} ${container?.image}`;
    if (!chosen.has(key)) chosen.set(key, { namespace, name, uid, resourceVersion });
  }
  return [...chosen.values()].slice(0, MAX_PODS);
}

function backingOff(pod: Pod): string | undefined {
  return statusesOf(pod).find(({ state }) => BACKS_OFF.includes(state?.waiting?.reason ?? ''))?.name;
}

function containerOf({ spec }: Pod, name: string) {
  return [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])].find((one) => one.name === name);
}
