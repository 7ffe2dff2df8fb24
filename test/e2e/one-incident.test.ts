import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { until } from '../support/until.ts';
import { notification, podAlert, post } from './alerts.ts';
import { type Embedded, settle, startEmbedded } from './embedded.ts';
import { createRecordedPod, setWaiting } from './recorded.ts';
import { createDeployment, createNamespace, createPod, pods, setDeploymentImage, untilFailing } from './workloads.ts';

jest.setTimeout(300_000);

const ECR = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';
const HOURS = 3_600_000;

describe('one cause is one message', () => {
  let embedded: Embedded;

  beforeAll(async () => {
    embedded = await startEmbedded();
    embedded.stack.registry.addImage(`${ECR}/checkout:v1`);
    embedded.stack.registry.addImage('registry.example.com/web:v1');
    embedded.stack.registry.addImage('registry.example.com/odd:v2');
  }, 60_000);

  afterAll(async () => embedded?.stop());

  async function createExpiredSecret(namespace: string): Promise<void> {
    const { authorizationToken } = embedded.stack.ecr.tokens.issue(
      'eu-west-1',
      embedded.stack.clock.now() - 13 * HOURS,
    );
    const document = JSON.stringify({ auths: { [ECR]: { auth: authorizationToken } } });
    await embedded.core.createNamespacedSecret({
      namespace,
      body: {
        metadata: { name: 'ecr-creds' },
        type: 'kubernetes.io/dockerconfigjson',
        data: { '.dockerconfigjson': Buffer.from(document).toString('base64') },
      },
    });
  }

  async function untilRefused(namespace: string): Promise<void> {
    await until(`ECR refuses the pod of ${namespace}`, 90, async () => {
      const [pod] = await pods(embedded, namespace);
      return /403/.test(pod?.status?.containerStatuses?.[0]?.state?.waiting?.message ?? '');
    });
  }

  it('counts 20 namespaces that fail on one expired ECR account', async () => {
    const namespaces = Array.from({ length: 20 }, (_, n) => `tenant-${n + 1}`);
    for (const namespace of namespaces) {
      await createNamespace(embedded, namespace);
      await createExpiredSecret(namespace);
      await createPod(embedded, namespace, 'checkout', `${ECR}/checkout:v1`, { pullSecret: 'ecr-creds' });
    }
    // Fast time on a slow machine makes a registry look dead at first: each pod has seen ECR's refusal.
    for (const namespace of namespaces) await untilRefused(namespace);
    for (const namespace of namespaces) await post(embedded, notification([podAlert(namespace, 'checkout')]));
    await until('the message counts all of them', 90, () =>
      embedded.about('tenant-').some(({ blocks }) => /20 namespaces/.test(JSON.stringify(blocks))),
    );
    await settle(embedded);
    expect(embedded.about('tenant-')).toHaveLength(1);
    expect(embedded.about('tenant-')[0]?.text).toMatch(/ECR .*expired/);
  });

  it('keeps the message of an incident whose cause becomes known later, and of a second bad tag', async () => {
    await createNamespace(embedded, 'later');
    await createDeployment(embedded, 'later', 'web', 'registry.example.com/web:bad-1', 1);
    const [pod] = await untilFailing(embedded, 'later');
    await post(embedded, notification([podAlert('later', String(pod?.metadata?.name))]));
    const first = await embedded.untilMessage('later/web', 60);
    expect(first.text).toContain('tag bad-1 does not exist');

    await setDeploymentImage(embedded, 'later', 'web', 'registry.example.com/web:bad-2');
    await until('the pod of the second bad tag fails', 90, async () =>
      (await pods(embedded, 'later')).some(({ status }) =>
        /bad-2/.test(status?.containerStatuses?.[0]?.state?.waiting?.message ?? ''),
      ),
    );
    await post(embedded, notification([podAlert('later', String(pod?.metadata?.name))]));
    const second = await embedded.untilMessage('later/web', 90, /bad-2/);
    expect(second.ts).toBe(first.ts);
    await settle(embedded);
    expect(embedded.about('later/web')).toHaveLength(1);
  });

  it('stays one message when an unknown error becomes a known one', async () => {
    await createNamespace(embedded, 'unknown');
    await createRecordedPod(embedded, 'unknown', 'odd', [{ name: 'app', image: 'registry.example.com/odd:v1' }]);
    await setWaiting(embedded, 'unknown', 'odd', 'failed to reserve container name odd_odd_unknown_0');
    await post(embedded, notification([podAlert('unknown', 'odd')]));
    const first = await embedded.untilMessage('unknown/odd', 60);
    expect(first.text).toMatch(/unknown pull error|reserve container name/);
    await settle(embedded);

    const known = 'failed to resolve image: registry.example.com/odd:v1: not found';
    await setWaiting(embedded, 'unknown', 'odd', known);
    await post(embedded, notification([podAlert('unknown', 'odd')]));
    const after = await embedded.untilMessage('unknown/odd', 60, /tag v1 does not exist/);
    expect(after.ts).toBe(first.ts);
    await settle(embedded);
    expect(embedded.about('unknown/odd')).toHaveLength(1);
  });
});
