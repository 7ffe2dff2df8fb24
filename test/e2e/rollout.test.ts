import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { until } from '../support/until.ts';
import { notification, podAlert, post } from './alerts.ts';
import { type Embedded, settle, startEmbedded } from './embedded.ts';
import {
  createDeployment,
  createNamespace,
  pods,
  setDeploymentImage,
  untilFailing,
  untilRunning,
} from './workloads.ts';

jest.setTimeout(300_000);

const GOOD = 'registry.example.com/checkout:v1';

describe('a rollout of a tag that does not exist', () => {
  let embedded: Embedded;

  beforeAll(async () => {
    embedded = await startEmbedded();
    embedded.stack.registry.addImage(GOOD);
    await createNamespace(embedded, 'shop');
    await createDeployment(embedded, 'shop', 'checkout', GOOD, 3);
    await until('three pods', 90, async () => (await pods(embedded, 'shop')).length === 3);
    await untilRunning(embedded, 'shop');
  }, 300_000);

  afterAll(async () => embedded?.stop());

  function message() {
    const all = embedded.messages().filter(({ text }) => text.includes('shop/checkout'));
    expect(all.length).toBeLessThanOrEqual(1);
    return all[0];
  }

  function broadcasts(): readonly string[] {
    const ts = message()?.ts ?? '';
    return embedded
      .replies(ts)
      .filter(({ isBroadcast }) => isBroadcast === true)
      .map(({ text }) => text);
  }

  it('is orange while the old pods serve', async () => {
    await setDeploymentImage(embedded, 'shop', 'checkout', 'registry.example.com/checkout:v1.2.33');
    const [pod] = await untilFailing(embedded, 'shop');
    await post(embedded, notification([podAlert('shop', String(pod?.metadata?.name))]));
    const orange = await until('the message', 60, message);
    expect(orange.text).toMatch(/^🟠 prod-eu shop\/checkout .*3\/3 .*tag v1\.2\.33 does not exist/u);
    expect(broadcasts()).toEqual([]);
  });

  it('turns red with exactly one broadcast when nobody serves any more', async () => {
    // The image is gone from the registry and from the nodes, as after garbage collection: what restarts cannot pull.
    embedded.stack.registry.removeTag(GOOD);
    for (const { images } of embedded.stack.cluster.kubelets) images.remove(GOOD);
    const namespace = 'shop';
    for (const pod of (await pods(embedded, namespace)).filter(isServing)) {
      await embedded.core.deleteNamespacedPod({ namespace, name: String(pod.metadata?.name) });
    }
    const [stuck] = await untilFailing(embedded, namespace, 3);
    await post(embedded, notification([podAlert(namespace, String(stuck?.metadata?.name))]));
    await embedded.untilMessage('shop/checkout', 90, /^🔴.*0\/3/u);
    await settle(embedded);
    expect(broadcasts()).toHaveLength(1);
    expect(broadcasts()[0]).toMatch(/^🔴/u);
  });

  it('turns green when it is rolled back, without another buzz', async () => {
    embedded.stack.registry.addImage(GOOD);
    await setDeploymentImage(embedded, 'shop', 'checkout', GOOD);
    await untilRunning(embedded, 'shop');
    await until('it is green', 90, () => message()?.text.startsWith('🟢'));
    expect(broadcasts()).toHaveLength(1);
  });

  function isServing(pod: Awaited<ReturnType<typeof pods>>[number]): boolean {
    return pod.status?.containerStatuses?.every(({ ready }) => ready) ?? false;
  }
});
