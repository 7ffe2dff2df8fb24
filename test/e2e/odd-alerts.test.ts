import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { until } from '../support/until.ts';
import { notification, podAlert, post } from './alerts.ts';
import { type Embedded, settle, startEmbedded } from './embedded.ts';
import { createNamespace, createPod, untilFailing } from './workloads.ts';

jest.setTimeout(300_000);

/** Alerts as people send them: each is taken, and none gets a wrong or a second message. */
describe('alerts as people send them', () => {
  let embedded: Embedded;

  beforeAll(async () => {
    embedded = await startEmbedded();
    embedded.stack.registry.addImage('registry.example.com/web:v1');
    await createNamespace(embedded, 'odd');
    await createPod(embedded, 'odd', 'web', 'registry.example.com/web:no-such-tag');
    await untilFailing(embedded, 'odd');
    await post(embedded, notification([podAlert('odd', 'web')]));
    await until('the one message', 60, () => embedded.messages()[0]);
    await settle(embedded);
  }, 300_000);

  afterAll(async () => embedded?.stop());

  const base = { alertname: 'KubePodImagePullBackOff', cluster: 'prod-eu' };
  const grafana = {
    ...notification([{ labels: { alertname: 'KubePodImagePullBackOff', namespace: 'odd', pod: 'web' } }]),
    version: '1',
    orgId: 1,
    title: '[FIRING:1]',
    state: 'alerting',
    message: 'x',
  };

  it.each([
    { what: 'only a namespace', body: notification([{ labels: { ...base, namespace: 'odd' } }]) },
    {
      what: 'exported_pod, with kube-state-metrics itself in pod',
      body: notification([
        {
          labels: {
            ...base,
            namespace: 'monitoring',
            pod: 'kube-state-metrics-0',
            exported_namespace: 'odd',
            exported_pod: 'web',
          },
        },
      ]),
    },
    { what: 'Grafana’s body', body: grafana },
    {
      what: 'an unknown cluster, where there is only one',
      body: notification([{ labels: { ...base, cluster: 'elsewhere', namespace: 'odd', pod: 'web' } }]),
    },
    {
      what: 'a pod that never existed',
      body: notification([{ labels: { ...base, namespace: 'nowhere', pod: 'ghost' } }]),
    },
    {
      what: 'a node-wide alert with only the exporter’s instance',
      body: notification([{ labels: { alertname: 'HighImagePullFailureRate', instance: '10.0.0.7:10250' } }]),
    },
    {
      what: '300 alerts of absent pods, truncated',
      body: notification(
        Array.from({ length: 300 }, (_, n) => ({
          labels: { ...base, namespace: 'nowhere', pod: `ghost-${n}` },
          fingerprint: `${n}`,
        })),
        { truncatedAlerts: 700 },
      ),
    },
    {
      what: 'its own ImagePullDiagnosed',
      body: notification([
        { labels: { alertname: 'ImagePullDiagnosed', cluster: 'prod-eu', namespace: 'odd', pod: 'web' } },
      ]),
    },
    {
      what: 'keys that nobody knows',
      body: { ...notification([podAlert('odd', 'web')]), notification_reason: 'x', extra: { a: 1 } },
    },
  ])('takes $what', async ({ body }) => {
    const before = embedded.messages().map(({ ts }) => ts);
    expect(await post(embedded, body)).toBe(202);
    await settle(embedded);
    expect(embedded.messages().map(({ ts }) => ts)).toEqual(before);
    expect(embedded.messages()[0]?.text).toContain('tag no-such-tag does not exist');
  });

  it('takes the cluster from the path', async () => {
    expect(
      await post(embedded, notification([{ labels: { alertname: base.alertname, namespace: 'odd' } }]), '/prod-eu'),
    ).toBe(202);
  });

  it.each([
    { what: 'no token', headers: {}, body: '{}', status: 401 },
    { what: 'a wrong token', headers: { authorization: 'Bearer wrong' }, body: '{}', status: 401 },
    { what: 'what is not JSON', headers: undefined, body: 'x', status: 400 },
    { what: 'more than 5 MB', headers: undefined, body: `"${'x'.repeat(5 * 1024 * 1024)}"`, status: 413 },
  ])('answers $what with $status', async ({ headers, body, status }) => {
    const { url, token } = embedded.stack.ready.alerts;
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(headers ?? { authorization: `Bearer ${token}` }) },
      body,
    });
    expect(response.status).toBe(status);
  });
});
