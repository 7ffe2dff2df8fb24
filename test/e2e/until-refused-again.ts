import type { PodObject } from '../../infra/local/kubernetes/objects.ts';
import { PODS } from '../../infra/local/kubernetes/resources.ts';
import { until } from '../support/until.ts';
import type { Embedded } from './embedded.ts';

/** Waits for the moment after a try of the kubelet: its next one is a whole back-off away. */
export async function untilRefusedAgain({ stack }: Embedded, namespace: string): Promise<void> {
  await until(`a pull in ${namespace} is refused again`, 40, () => {
    const pods = stack.cluster.list(PODS, namespace) as readonly PodObject[];
    return pods.some(({ status }) => status.containerStatuses?.[0]?.state.waiting?.reason === 'ErrImagePull');
  });
}
