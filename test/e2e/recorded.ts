import type { V1Pod } from '@kubernetes/client-node';
import type { Embedded } from './embedded.ts';

/** A node on which no kubelet runs: nobody but the test writes the status of pods there. */
const NODE = 'recorded-node';

/** Creates a pod whose status the test writes itself, as it was recorded on a real node. */
export async function createRecordedPod(
  { core }: Embedded,
  namespace: string,
  name: string,
  image: string,
  containers: readonly string[] = ['app'],
): Promise<void> {
  await core.createNamespacedPod({
    namespace,
    body: {
      metadata: { name },
      spec: { nodeName: NODE, containers: containers.map((one) => ({ name: one, image })) },
    },
  });
}

/** Makes its containers wait with these words of the runtime. */
export async function setWaiting(
  embedded: Embedded,
  namespace: string,
  name: string,
  message: string,
  reason = 'ErrImagePull',
): Promise<void> {
  const pod = await embedded.core.readNamespacedPod({ namespace, name });
  await setStatus(embedded, namespace, name, {
    phase: 'Pending',
    startTime: new Date(),
    containerStatuses: (pod.spec?.containers ?? []).map((container) => ({
      name: container.name,
      image: container.image ?? '',
      imageID: '',
      ready: false,
      restartCount: 0,
      started: false,
      state: { waiting: { reason, message } },
    })),
  });
}

/** Writes a whole status. */
export async function setStatus(
  { core }: Embedded,
  namespace: string,
  name: string,
  status: NonNullable<V1Pod['status']>,
): Promise<void> {
  await core.patchNamespacedPodStatus({ namespace, name, body: [{ op: 'replace', path: '/status', value: status }] });
}
