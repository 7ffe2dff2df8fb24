import type { V1Pod } from '@kubernetes/client-node';
import { until } from '../support/until.ts';
import type { Embedded } from './embedded.ts';

const PULL_REASON = /^(ErrImagePull|ImagePullBackOff|ErrImageNeverPull|InvalidImageName)$/;

export async function createNamespace({ core }: Embedded, name: string): Promise<void> {
  await core.createNamespace({ body: { metadata: { name } } });
}

export interface PodOptions {
  readonly pullSecret?: string;
  readonly policy?: string;
  readonly container?: string;
}

export async function createPod(
  { core }: Embedded,
  namespace: string,
  name: string,
  image: string,
  { pullSecret, policy, container = 'app' }: PodOptions = {},
): Promise<void> {
  await core.createNamespacedPod({
    namespace,
    body: {
      metadata: { name },
      spec: {
        containers: [{ name: container, image, ...(policy ? { imagePullPolicy: policy } : {}) }],
        ...(pullSecret ? { imagePullSecrets: [{ name: pullSecret }] } : {}),
      },
    },
  });
}

export async function setPodImage({ core }: Embedded, namespace: string, name: string, image: string): Promise<void> {
  await core.patchNamespacedPod({
    namespace,
    name,
    body: [{ op: 'replace', path: '/spec/containers/0/image', value: image }],
  });
}

export async function createDeployment(
  { apps }: Embedded,
  namespace: string,
  name: string,
  image: string,
  replicas: number,
): Promise<void> {
  const labels = { app: name };
  await apps.createNamespacedDeployment({
    namespace,
    body: {
      metadata: { name },
      spec: {
        replicas,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: 'app', image }] } },
      },
    },
  });
}

export async function setDeploymentImage(
  { apps }: Embedded,
  namespace: string,
  name: string,
  image: string,
): Promise<void> {
  const path = '/spec/template/spec/containers/0/image';
  await apps.patchNamespacedDeployment({ namespace, name, body: [{ op: 'replace', path, value: image }] });
}

export async function pods({ core }: Embedded, namespace: string): Promise<readonly V1Pod[]> {
  return (await core.listNamespacedPod({ namespace })).items;
}

export function waitingReason(pod: V1Pod): string | undefined {
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  return statuses.map(({ state }) => state?.waiting?.reason).find((reason) => PULL_REASON.test(reason ?? ''));
}

/** Waits until so many pods of the namespace fail to pull. @returns them */
export async function untilFailing(embedded: Embedded, namespace: string, count = 1): Promise<readonly V1Pod[]> {
  return until(`${count} pods of ${namespace} fail to pull`, 90, async () => {
    const failing = (await pods(embedded, namespace)).filter(waitingReason);
    return failing.length >= count ? failing : undefined;
  });
}

/** Waits until all pods of the namespace run. */
export async function untilRunning(embedded: Embedded, namespace: string): Promise<void> {
  await until(`all pods of ${namespace} run`, 120, async () => {
    const all = await pods(embedded, namespace);
    return all.length > 0 && all.every(({ status }) => status?.containerStatuses?.every(({ ready }) => ready));
  });
}
