import { describe, expect, it } from '@jest/globals';
import { fingerprint } from '../../infra/local/alertmanager/fingerprint.ts';
import { createGroups } from '../../infra/local/alertmanager/groups.ts';
import { webhookBody } from '../../infra/local/alertmanager/payload.ts';
import { pullAlerts } from '../../infra/local/alertmanager/rule.ts';
import { parseNotification } from '../../shared/alertmanager/schema.ts';

const TIMING = { forMs: 0, groupWaitMs: 30, groupIntervalMs: 300, repeatIntervalMs: 14_400 };

function labels(pod: string, namespace = 'shop') {
  return { alertname: 'KubePodImagePullBackOff', namespace, pod, container: 'app' };
}

describe('the alert driver', () => {
  it('waits group_wait, then says what joined at the next group_interval, and nothing when nothing changed', () => {
    const groups = createGroups(['alertname', 'namespace'], TIMING);
    const said = (active: ReturnType<typeof labels>[], now: number) =>
      groups.evaluate(active, now).map(({ reason, alerts }) => [reason, alerts.length]);
    expect(said([labels('a')], 0)).toEqual([]);
    expect(said([labels('a')], 29)).toEqual([]);
    expect(said([labels('a')], 30)).toEqual([['first notification', 1]]);
    expect(said([labels('a'), labels('b')], 200)).toEqual([]);
    expect(said([labels('a'), labels('b')], 330)).toEqual([['new alerts added', 2]]);
    expect(said([labels('a'), labels('b')], 630)).toEqual([]);
  });

  it('repeats while it fires, says what resolved once, and starts a new group after that', () => {
    const groups = createGroups(['alertname', 'namespace'], TIMING);
    groups.evaluate([labels('a')], 0);
    groups.evaluate([labels('a')], 30);
    expect(groups.evaluate([labels('a')], 14_430).map(({ reason }) => reason)).toEqual(['repeat interval elapsed']);
    const [resolved] = groups.evaluate([], 14_800);
    expect(resolved?.reason).toBe('all alerts resolved');
    expect(resolved?.alerts[0]?.endsAt).toBe(14_800);
    expect(groups.evaluate([], 20_000)).toEqual([]);
    groups.evaluate([labels('a')], 20_100);
    expect(groups.evaluate([labels('a')], 20_130).map(({ reason }) => reason)).toEqual(['first notification']);
  });

  it('holds `for`, and forgets what ended before it', () => {
    const groups = createGroups(['alertname', 'namespace'], { ...TIMING, forMs: 100 });
    groups.evaluate([labels('a')], 0);
    groups.evaluate([], 50);
    groups.evaluate([labels('a')], 60);
    expect(groups.evaluate([labels('a')], 150)).toEqual([]);
    groups.evaluate([labels('a')], 160);
    expect(groups.evaluate([labels('a')], 190)).toHaveLength(1);
  });

  it('keeps namespaces apart', () => {
    const groups = createGroups(['alertname', 'namespace'], TIMING);
    groups.evaluate([labels('a'), labels('a', 'pay')], 0);
    expect(groups.evaluate([labels('a'), labels('a', 'pay')], 30)).toHaveLength(2);
  });

  it('sends bodies that the webhook takes', () => {
    const groups = createGroups(['alertname', 'namespace'], TIMING);
    groups.evaluate([labels('a')], 0);
    const [notification] = groups.evaluate([labels('a')], 30);
    if (!notification) throw new Error('nothing was sent');
    const parsed = parseNotification(JSON.stringify(webhookBody(notification)));
    expect(parsed).toMatchObject({ ok: true });
  });

  it('sees a container in either waiting reason, and none that runs', () => {
    const pod = (reason: string | undefined) => ({
      metadata: { name: 'a', namespace: 'shop', uid: 'u' },
      status: { containerStatuses: [{ name: 'app', state: reason ? { waiting: { reason } } : { running: {} } }] },
    });
    const seen = pullAlerts(
      [pod('ErrImagePull'), pod('ImagePullBackOff'), pod('ContainerCreating'), pod(undefined)],
      'c',
    );
    expect(seen).toHaveLength(2);
    expect(seen[0]).toEqual(seen[1]);
  });

  it('gives Prometheus’s fingerprint, as recorded in a notification', () => {
    const recorded = {
      alertname: 'KubePodImagePullBackOff',
      cluster: 'testbed',
      container: 'app',
      instance: '127.0.0.1:8080',
      job: 'kube-state-metrics',
      namespace: 'shop',
      pod: 'web-5b6bd4c597-qmrjw',
      reason: 'ImagePullBackOff',
      severity: 'warning',
      uid: 'd2e1ff34-3f9c-4800-b8d3-628974d43c1d',
    };
    expect(fingerprint(recorded)).toBe('a3e06aaff754a3fa');
  });
});
