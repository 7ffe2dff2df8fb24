import type { V1Pod } from '@kubernetes/client-node';
import type { Embedded } from './embedded.ts';

/** An event as it was recorded. */
export interface RecordedEvent {
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly count?: number | null;
  readonly firstTimestamp?: string | null;
  readonly lastTimestamp?: string | null;
  readonly involvedObject?: { readonly fieldPath?: string };
}

/** A node on which no kubelet runs: nobody but the test writes the status of pods there. */
const NODE = 'recorded-node';

/** Creates a pod whose status the test writes itself, as it was recorded on a real node. */
export async function createRecordedPod(
  { core }: Embedded,
  namespace: string,
  name: string,
  containers: readonly { readonly name: string; readonly image?: string }[],
): Promise<void> {
  await core.createNamespacedPod({
    namespace,
    body: {
      metadata: { name },
      spec: { nodeName: NODE, containers: containers.map(({ name: one, image = '' }) => ({ name: one, image })) },
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

/** Puts recorded events on a pod of ours. */
export async function createEvents(
  embedded: Embedded,
  namespace: string,
  pod: string,
  events: readonly RecordedEvent[],
): Promise<void> {
  const { metadata } = await embedded.core.readNamespacedPod({ namespace, name: pod });
  for (const [index, { involvedObject, ...event }] of events.entries()) {
    const { type, reason, message, count, firstTimestamp, lastTimestamp } = event;
    embedded.stack.cluster.apply([
      {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name: `${pod}.${index}`, namespace },
        involvedObject: {
          apiVersion: 'v1',
          kind: 'Pod',
          namespace,
          name: pod,
          uid: metadata?.uid,
          ...(involvedObject?.fieldPath ? { fieldPath: involvedObject.fieldPath } : {}),
        },
        type,
        reason,
        message,
        count,
        firstTimestamp,
        lastTimestamp,
      },
    ]);
  }
}
