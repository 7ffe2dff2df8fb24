import { describe, expect, it } from '@jest/globals';
import type { Notification } from '../../shared/alertmanager/schema.ts';
import { parseConfig } from '../../shared/config/load.ts';
import { QueueError } from '../../shared/domain/errors.ts';
import type { PublishJob, TriageQueueJob } from '../../shared/domain/jobs.ts';
import { scopeKey } from '../../shared/domain/scope.ts';
import { MAX_REPEATED_SCOPES, MAX_SCOPES, receiveAlerts } from '../../shared/flows/receive-alerts.ts';
import type { JobQueue, SendOptions } from '../../shared/ports/job-queue.ts';

const NOW = Date.parse('2026-11-22T11:30:00Z');
const config = parseConfig('clusters: [{ name: prod-eu }, { name: dev }]\nslack: { channel: a }', 'test');

interface Sent<Job> {
  readonly job: Job;
  readonly options: SendOptions | undefined;
}

/** A queue that remembers what it took. */
function memoryQueue<Job>(): JobQueue<Job> & { readonly sent: Sent<Job>[] } {
  const sent: Sent<Job>[] = [];
  return {
    sent,
    send: async (job, options) => void sent.push({ job, options }),
    sendAll: async (jobs) => void sent.push(...jobs.map(({ job, options }) => ({ job, options }))),
  };
}

const brokenQueue: JobQueue<unknown> = {
  send: () => Promise.reject(new QueueError('down', { retry: 'retry' })),
  sendAll: () => Promise.reject(new QueueError('down', { retry: 'retry' })),
};

function notification(alerts: readonly Readonly<Record<string, string>>[]): Notification {
  return {
    version: '4',
    alerts: alerts.map((labels) => ({
      status: 'firing',
      labels: { alertname: 'ImagePullBackOff', cluster: 'prod-eu', ...labels },
      startsAt: '2026-11-22T11:29:23.998Z',
      fingerprint: 'a3e06aaff754a3fa',
    })),
    groupLabels: {},
    truncatedAlerts: 0,
  };
}

async function receive(body: Notification, timeScale = 1) {
  const triageQueue = memoryQueue<TriageQueueJob>();
  const publishQueue = memoryQueue<PublishJob>();
  const scaled = { ...config, limits: { ...config.limits, timeScale } };
  const deps = { config: scaled, triageQueue, publishQueue, clock: { now: () => NOW } };
  const received = await receiveAlerts(body, { pathCluster: undefined, allowedClusters: undefined }, deps);
  const looks = triageQueue.sent.map(({ job, options }) => {
    if (job.kind !== 'look') throw new Error('expected looks only');
    return { job, delaySeconds: options?.delaySeconds, isRepeat: options?.isRepeat };
  });
  return { received, looks, notices: publishQueue.sent };
}

describe('receiveAlerts', () => {
  it.each([
    { timeScale: 1, delays: [0, 10, 20, 30, 40, 50, 60] },
    { timeScale: 0.1, delays: [0, 1, 2, 3, 4, 5, 6] },
    { timeScale: 0.01, delays: [0, 1] },
  ])('looks at $delays s with time scale $timeScale', async ({ timeScale, delays }) => {
    const { looks } = await receive(notification([{ namespace: 'shop' }]), timeScale);
    expect(looks.map(({ delaySeconds }) => delaySeconds)).toEqual(delays);
    expect(looks.map(({ job }) => (job.hintedAt - NOW) / 1000)).toEqual(delays);
    // Only the first look goes before what others asked for again.
    expect(looks.map(({ isRepeat }) => isRepeat)).toEqual(delays.map((delay) => delay > 0));
  });

  it('asks for looks on behalf of the alert', async () => {
    const { looks } = await receive(notification([{ namespace: 'shop', pod: 'web-1' }]));
    expect(looks[0]?.job).toEqual({
      kind: 'look',
      scope: { kind: 'namespace', cluster: 'prod-eu', namespace: 'shop' },
      hintedAt: NOW,
      from: 'alert',
      alerts: [
        {
          name: 'ImagePullBackOff',
          status: 'firing',
          startsAt: Date.parse('2026-11-22T11:29:23.998Z'),
          fingerprint: 'a3e06aaff754a3fa',
          labels: { cluster: 'prod-eu', namespace: 'shop', pod: 'web-1' },
        },
      ],
      alertCount: 1,
      isClusterAssumed: false,
    });
  });

  it('makes one set of looks of 300 alerts of one namespace', async () => {
    const { looks, received } = await receive(
      notification(Array.from({ length: 300 }, (_, i) => ({ namespace: 'shop', pod: `p${i}` }))),
    );
    expect(looks).toHaveLength(7);
    expect(received).toMatchObject({ accepted: 300, ignored: 0 });
  });

  it.each([
    { namespaces: MAX_REPEATED_SCOPES, looks: MAX_REPEATED_SCOPES * 7, cluster: 0 },
    { namespaces: MAX_REPEATED_SCOPES + 1, looks: MAX_REPEATED_SCOPES + 1 + 7, cluster: 7 },
    { namespaces: MAX_SCOPES + 1, looks: 7, cluster: 7 },
  ])('bounds a storm: $namespaces namespaces → $looks looks', async ({ namespaces, looks, cluster }) => {
    const sent = await receive(notification(Array.from({ length: namespaces }, (_, i) => ({ namespace: `n${i}` }))));
    const ofCluster = sent.looks.filter(({ job }) => job.scope.kind === 'cluster');
    expect(sent.looks).toHaveLength(looks);
    expect(ofCluster).toHaveLength(cluster);
    expect(new Set(sent.looks.map(({ job, delaySeconds }) => `${scopeKey(job.scope)} ${delaySeconds}`)).size).toBe(
      looks,
    );
    if (cluster > 0) expect(ofCluster[0]?.job.alertCount).toBe(namespaces);
  });

  it('puts what belongs to no cluster on the publish queue, with the same id each time', async () => {
    const body = notification([{ cluster: 'other', namespace: 'shop' }]);
    const [first, again] = [await receive(body), await receive(body)];
    expect(first.looks).toEqual([]);
    expect(first.received).toMatchObject({ accepted: 1, unrouted: 1 });
    const id = 'unrouted/a3e06aaff754a3fa/2026-11-22T11:29:23.998Z';
    expect(first.notices).toEqual([
      {
        job: { kind: 'notice', id, notice: expect.objectContaining({ type: 'unrouted-alert' }) },
        options: { groupId: 'notice', dedupeId: id },
      },
    ]);
    expect(again.notices).toEqual(first.notices);
  });

  it('hands a heartbeat on, once for each cluster', async () => {
    const triageQueue = memoryQueue<TriageQueueJob>();
    const body = notification([
      { alertname: 'Watchdog' },
      { alertname: 'Watchdog', prometheus: 'b' },
      { alertname: 'Watchdog', cluster: 'dev' },
    ]);
    const caller = { pathCluster: undefined, allowedClusters: undefined };
    const queues = { triageQueue, publishQueue: memoryQueue<PublishJob>() };
    const received = await receiveAlerts(body, caller, { config, ...queues, clock: { now: () => NOW } });
    expect(triageQueue.sent.map(({ job }) => job)).toEqual([
      { kind: 'heartbeat', cluster: 'prod-eu', at: NOW },
      { kind: 'heartbeat', cluster: 'dev', at: NOW },
    ]);
    expect(received).toMatchObject({ accepted: 0, ignored: 3 });
  });

  it('sends nothing for alerts that concern something else', async () => {
    const { looks, notices, received } = await receive(
      notification([{ alertname: 'InfoInhibitor' }, { alertname: 'ImagePullDiagnosed' }]),
    );
    expect([looks, notices]).toEqual([[], []]);
    expect(received).toMatchObject({ accepted: 0, ignored: 2 });
  });

  it.each(['triageQueue', 'publishQueue'] as const)('fails when the %s does', async (broken) => {
    const deps = {
      config,
      triageQueue: memoryQueue<TriageQueueJob>(),
      publishQueue: memoryQueue<PublishJob>(),
      clock: { now: () => NOW },
      [broken]: brokenQueue,
    };
    const body = notification([{ namespace: 'shop' }, { cluster: 'other' }]);
    const caller = { pathCluster: undefined, allowedClusters: undefined };
    await expect(receiveAlerts(body, caller, deps)).rejects.toBeInstanceOf(QueueError);
  });
});
