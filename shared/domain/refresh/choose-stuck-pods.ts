import { hasEverStarted, statusesOf } from '../find-pull-failures/pod-fact.ts';
import { parseImageReference } from '../image-reference.ts';
import type { ContainerStatus, Pod } from '../kubernetes.ts';

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

/**
 * Pods that wait out the kubelet's back-off for a secret that was just written: one for each node and image, since the
 * others start once the image is there (measured: 1 of 7 deleted, all 7 ran in 11 s); with pull policy Always each.
 * Only what a controller replaces, that is no Job's, and in which nothing ever ran: the same rules as the admission
 * policy `pullmedic-pods`.
 * @param written Secrets that hold a fresh token now, and the registries that it is for
 */
export function chooseStuckPods(
  pods: readonly Pod[],
  written: { readonly secretNames: ReadonlySet<string>; readonly isRegistry: (host: string) => boolean },
): readonly StuckPod[] {
  const chosen = new Map<string, StuckPod>();
  for (const pod of pods.filter((one) => isReplaceable(one) && !hasEverStarted(one))) {
    const names = pod.spec?.imagePullSecrets?.map(({ name }) => name ?? '') ?? [];
    const waiting = statusesOf(pod).find(({ state }) => BACKS_OFF.includes(state?.waiting?.reason ?? ''));
    const { namespace = '', name = '', uid, resourceVersion } = pod.metadata ?? {};
    if (waiting === undefined || !uid || !resourceVersion) continue;
    if (!names.some((one) => written.secretNames.has(one))) continue;
    const container = containerOf(pod, waiting);
    const image = parseImageReference(container?.image ?? '');
    if (image === undefined || !written.isRegistry(image.registry)) continue;
    const key = container?.imagePullPolicy === 'Always' ? uid : `${pod.spec?.nodeName} ${container?.image}`;
    if (!chosen.has(key)) chosen.set(key, { namespace, name, uid, resourceVersion });
  }
  return [...chosen.values()].slice(0, MAX_PODS);
}

function isReplaceable({ metadata, status }: Pod): boolean {
  const owners = metadata?.ownerReferences ?? [];
  return (
    status?.phase === 'Pending' &&
    metadata?.deletionTimestamp == null &&
    owners.some(({ controller }) => controller === true) &&
    !owners.some(({ kind }) => kind === 'Job' || kind === 'Node') &&
    !Object.hasOwn(metadata?.annotations ?? {}, 'kubernetes.io/config.mirror')
  );
}

function containerOf({ spec }: Pod, { name }: ContainerStatus) {
  return [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])].find((one) => one.name === name);
}
