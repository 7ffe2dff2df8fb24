import type { Api } from '../kubernetes/api.ts';
import { ApiError } from '../kubernetes/api-error.ts';
import {
  type ApiObject,
  clone,
  controllerOf,
  controllerReference,
  isConditionTrue,
  type PodObject,
  type PodTemplate,
} from '../kubernetes/objects.ts';
import { PODS } from '../kubernetes/resources.ts';

export const CONTROLLER_MANAGER = 'kube-controller-manager';

/** Pods that an object controls, the ending ones included. */
export function ownedPods(api: Api, owner: ApiObject): readonly PodObject[] {
  const pods = api.store.list(PODS, owner.metadata.namespace) as readonly PodObject[];
  return pods.filter((pod) => controllerOf(pod)?.uid === owner.metadata.uid);
}

/** Neither ended nor ending: what counts towards the wanted number. */
export function isActive(pod: PodObject): boolean {
  return !pod.metadata.deletionTimestamp && pod.status.phase !== 'Succeeded' && pod.status.phase !== 'Failed';
}

export function isReady(pod: PodObject): boolean {
  return isActive(pod) && isConditionTrue(pod.status.conditions, 'Ready');
}

/** Which of two pods to delete first: unbound, then pending, then not ready, then the younger. */
export function byDeletionOrder(a: PodObject, b: PodObject): number {
  const rank = (pod: PodObject) =>
    (pod.spec.nodeName ? 4 : 0) + (pod.status.phase === 'Running' ? 2 : 0) + (isReady(pod) ? 1 : 0);
  return rank(a) - rank(b) || b.metadata.creationTimestamp.localeCompare(a.metadata.creationTimestamp);
}

/** Makes a pod from a template; gives `undefined` where the API refuses, and the reason through `onRefused`. */
export function createPod(
  api: Api,
  owner: ApiObject,
  template: PodTemplate,
  more: {
    readonly name?: string;
    readonly labels?: Readonly<Record<string, string>>;
    change?(pod: PodObject): void;
    onRefused(message: string): void;
  },
): PodObject | undefined {
  const { name, labels, change, onRefused } = more;
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...(name === undefined
        ? { generateName: `${owner.metadata.name}-` }
        : { name, generateName: `${owner.metadata.name}-` }),
      namespace: owner.metadata.namespace,
      labels: { ...template.metadata?.labels, ...labels },
      ...(template.metadata?.annotations && { annotations: { ...template.metadata.annotations } }),
      ownerReferences: [controllerReference(owner)],
    },
    spec: clone(template.spec),
  } as unknown as PodObject;
  change?.(pod);
  try {
    return api.create(PODS, pod, { manager: CONTROLLER_MANAGER }) as PodObject;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    onRefused(error.message);
    return undefined;
  }
}
