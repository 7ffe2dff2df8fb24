import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { until } from '../support/until.ts';
import { notification, podAlert, post } from './alerts.ts';
import { type Embedded, settle, startEmbedded } from './embedded.ts';
import { createNamespace, createPod } from './workloads.ts';

jest.setTimeout(200_000);

describe('the diagnosis on the pod', () => {
  let embedded: Embedded;

  beforeAll(async () => {
    embedded = await startEmbedded();
    embedded.stack.registry.addImage('registry.example.com/web:v1');
  }, 60_000);

  afterAll(async () => embedded?.stop());

  it('stands there as one Event, as kubectl describe shows it, whatever number of looks there was', async () => {
    await createNamespace(embedded, 'noted');
    await createPod(embedded, 'noted', 'web', 'registry.example.com/web:gone');
    await post(embedded, notification([podAlert('noted', 'web')]));
    await embedded.untilMessage('noted/web', 90);
    const events = async () => {
      const { items } = await embedded.core.listNamespacedEvent({ namespace: 'noted' });
      return items.filter(({ reason }) => reason === 'ImagePullDiagnosed');
    };
    await until('the pod has its event', 60, async () => (await events()).length > 0);
    await settle(embedded);
    const pod = await embedded.core.readNamespacedPod({ namespace: 'noted', name: 'web' });
    const [event, ...others] = await events();
    expect(others).toEqual([]);
    expect(event).toMatchObject({
      type: 'Warning',
      involvedObject: { kind: 'Pod', namespace: 'noted', name: 'web', uid: pod.metadata?.uid },
      source: { component: 'pullmedic' },
    });
    expect(event?.message).toContain('tag gone does not exist');
  });
});
