import { describe, expect, it } from '@jest/globals';
import { ClusterError, QueueError } from '../../shared/domain/errors.ts';
import type { PublishJob, RemedyJob, TriageJob, TriageQueueJob } from '../../shared/domain/jobs.ts';
import { lookAtScope } from '../../shared/flows/look-at-scope.ts';
import { type SweepDeps, sweep } from '../../shared/flows/sweep.ts';
import type { SendOptions } from '../../shared/ports/job-queue.ts';
import { offerOf } from '../support/remedy-builders.ts';
import { createFakeRemedyStore } from '../support/remedy-store.ts';
import { addFailing, notFoundText, runningPod, waitingPod } from './kube-objects.ts';
import { type LookStage, openStage, START } from './look-stage.ts';

const IMAGE = 'ghcr.io/acme/web:gone';
const WATCHED = { namespace: 'shop', name: 'app', image: IMAGE, at: START };

function recordingQueue<Job>() {
  const sent: { readonly job: Job; readonly options: SendOptions }[] = [];
  const queue = {
    async send(job: Job, options: SendOptions = {}) {
      sent.push({ job, options });
    },
    async sendAll(jobs: readonly { readonly job: Job; readonly options?: SendOptions }[]) {
      for (const { job, options = {} } of jobs) sent.push({ job, options });
    },
  };
  return { sent, queue };
}

function openSweep(stage: LookStage, change: Partial<SweepDeps> = {}) {
  const triage = recordingQueue<TriageQueueJob>();
  const publish = recordingQueue<PublishJob>();
  const remedy = recordingQueue<RemedyJob>();
  const remedies = createFakeRemedyStore();
  const queues = { triageQueue: triage.queue, publishQueue: publish.queue, remedyQueue: remedy.queue };
  const run = () => sweep({ ...stage.deps, remedies, ...queues, ...change }, stage.now());
  return { triage: triage.sent, publish: publish.sent, remedy: remedy.sent, run };
}

function looksIn(triage: readonly { readonly job: TriageQueueJob; readonly options: SendOptions }[]) {
  return triage.filter(({ job }) => job.kind === 'look');
}

async function breakShop(stage: LookStage) {
  addFailing(stage.cluster, WATCHED, notFoundText(IMAGE));
  await stage.look('shop');
}

describe('sweep: looking again', () => {
  it.each([
    { quiet: 'just now', afterSeconds: 0, delays: [10, 20, 30, 40, 50] },
    { quiet: 'a minute ago', afterSeconds: 60, delays: [0, 10, 20, 30, 40, 50] },
    { quiet: 'for 119 s', afterSeconds: 119, delays: [0, 10, 20, 30, 40, 50] },
    { quiet: 'for 2 minutes', afterSeconds: 120, delays: [0] },
    { quiet: 'for 11 minutes', afterSeconds: 11 * 60, delays: [0] },
    { quiet: 'for 2 hours', afterSeconds: 2 * 3_600, delays: [0] },
  ])('plans the next minute of a scope that changed $quiet', async ({ afterSeconds, delays }) => {
    const stage = openStage();
    await breakShop(stage);
    stage.advance(afterSeconds);
    const { triage, run } = openSweep(stage);
    await run();
    const looks = looksIn(triage);
    expect(looks.map(({ options }) => options.delaySeconds)).toEqual(delays);
    const checks = triage.filter(({ job }) => job.kind === 'check').map(({ options }) => options.delaySeconds);
    expect(checks).toEqual(delays.length > 1 ? [] : [10, 20, 30, 40, 50, 60]);
    for (const { job, options } of looks) {
      expect(job).toMatchObject({
        kind: 'look',
        from: 'sweep',
        scope: { namespace: 'shop' },
        hintedAt: stage.now() + (options.delaySeconds ?? 0) * 1_000,
      });
    }
  });

  it('looks every 5 minutes at what is quiet for an hour', async () => {
    const stage = openStage();
    await breakShop(stage);
    stage.advance(2 * 3_600);
    await stage.look('shop');
    const { triage, run } = openSweep(stage);
    for (let minute = 0; minute < 10; minute += 1) {
      stage.advance(60);
      const before = looksIn(triage).length;
      await run();
      if (looksIn(triage).length > before) await stage.look('shop');
    }
    expect(looksIn(triage)).toHaveLength(2);
  });

  it('plans in tenths where time is scaled', async () => {
    const stage = openStage({ timeScale: 0.1 });
    await breakShop(stage);
    const { triage, run } = openSweep(stage);
    await run();
    expect(triage.map(({ options }) => options.delaySeconds)).toEqual([1, 2, 3, 4, 5]);
  });

  it('plans a scope once, however many incidents are in it', async () => {
    const stage = openStage();
    await breakShop(stage);
    const other = 'ghcr.io/acme/api:gone';
    addFailing(stage.cluster, { ...WATCHED, name: 'api', image: other }, notFoundText(other));
    stage.advance(1);
    await stage.look('shop');
    expect(await stage.incidents('shop')).toHaveLength(2);
    const { triage, run } = openSweep(stage);
    await run();
    expect(triage.map(({ options }) => options.delaySeconds)).toEqual([9, 19, 29, 39, 49, 59]);
  });

  it('watches a recovered incident for two minutes and then stops', async () => {
    const stage = openStage();
    await breakShop(stage);
    stage.cluster.pods = [runningPod(WATCHED)];
    stage.advance(10);
    await stage.look('shop');
    const { triage, run } = openSweep(stage);
    await run();
    expect(triage).toHaveLength(5);
    stage.advance(125);
    await run();
    await stage.look('shop');
    const planned = triage.length;
    stage.advance(60);
    await run();
    expect(triage).toHaveLength(planned);
  });

  it('lets go of an incident that ended where nobody could look again', async () => {
    const stage = openStage();
    await breakShop(stage);
    stage.cluster.pods = [runningPod(WATCHED)];
    stage.advance(10);
    await stage.look('shop');
    stage.advance(2 * 3_600);
    const { run } = openSweep(stage);
    await run();
    expect(await stage.deps.store.dueScopes(stage.now() + 3_600_000, 10)).toEqual([]);
  });
});

describe('sweep: pokes', () => {
  it('sends the poke that was lost when the worker died between the store and the queue', async () => {
    const stage = openStage();
    addFailing(stage.cluster, WATCHED, notFoundText(IMAGE));
    // kill -9 after the commit: the send never happens and nothing after it runs.
    const death = Promise.withResolvers<void>();
    const dead = { ...stage.deps.publishQueue, send: () => death.promise };
    const cutShort = lookAtScope(
      {
        kind: 'look',
        scope: { kind: 'namespace', cluster: 'prod', namespace: 'shop' },
        hintedAt: stage.now(),
        from: 'alert',
        alerts: [],
        alertCount: 0,
        isClusterAssumed: false,
      },
      { ...stage.deps, publishQueue: dead },
    );
    for (let i = 0; i < 100 && (await stage.incidents('shop')).length === 0; i += 1) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(stage.sent).toEqual([]);

    const { publish, run } = openSweep(stage);
    await run();
    stage.advance(60);
    await run();
    expect(publish.map(({ job }) => job.kind === 'poke')).toEqual([true, true]);
    // The queue drops an id that it saw within 5 minutes.
    expect(new Set(publish.map(({ options }) => options.dedupeId)).size).toBe(2);
    expect(publish[0]?.options.dedupeId).not.toBe(`${publish[0]?.options.groupId}#1`);
    death.resolve();
    await cutShort;
  });

  it('sends none for what was published', async () => {
    const stage = openStage();
    await breakShop(stage);
    const { job } = stage.sent[0] ?? {};
    const id = job?.kind === 'poke' ? job.incidentId : '';
    const poke = await stage.deps.store.poke(id);
    await stage.deps.store.settlePoke(id, poke?.version ?? 0, undefined);
    const { publish, run } = openSweep(stage);
    await run();
    expect(publish).toEqual([]);
  });
});

describe('sweep: what must be said', () => {
  it('tells once an hour which webhook calls were refused', async () => {
    const stage = openStage();
    for (let i = 0; i < 3; i += 1) await stage.deps.store.countRejected('401', stage.now());
    const { publish, run } = openSweep(stage);
    await run();
    expect(publish).toEqual([]);
    stage.advance(3_600);
    await run();
    stage.advance(60);
    await run();
    expect(new Set(publish.map(({ options }) => options.dedupeId))).toEqual(new Set(['rejected/2026-11-22T12']));
    expect(publish[0]?.job).toEqual({
      kind: 'notice',
      id: 'rejected/2026-11-22T12',
      notice: { type: 'rejected-webhooks', counts: { '401': 3 }, hour: START },
    });
    stage.advance(20 * 60);
    const told = publish.length;
    await run();
    expect(publish).toHaveLength(told);
  });

  it('tells that a cluster is blind after 2 minutes, always under one id, and anew after it could be read', async () => {
    const stage = openStage();
    const { publish, run } = openSweep(stage);
    const blind = () => {
      stage.cluster.onCall = (call) => {
        throw new ClusterError('list', call, 401);
      };
    };
    blind();
    await run();
    stage.advance(60);
    await run();
    expect(publish).toEqual([]);
    stage.advance(60);
    await run();
    stage.advance(60);
    await run();
    expect(new Set(publish.map(({ job }) => job.kind === 'notice' && job.id))).toEqual(
      new Set(['blind/prod/2026-11-22T12:00:00.000Z']),
    );
    expect(publish[0]?.job).toMatchObject({
      notice: { type: 'blind', cluster: 'prod', since: START, why: 'list list pods all pending: 401' },
    });
    stage.cluster.onCall = () => {};
    await run();
    expect(publish.at(-1)?.job).toMatchObject({
      id: 'blind/prod/2026-11-22T12:00:00.000Z',
      notice: { type: 'blind', since: START, backAt: stage.now() },
    });
    const told = publish.length;
    await run();
    blind();
    stage.advance(60);
    await run();
    expect(publish).toHaveLength(told);
  });

  it('looks at what alerts told of a blind cluster as soon as it can be read, each scope once', async () => {
    const stage = openStage();
    const { triage, run } = openSweep(stage);
    const { store } = stage.deps;
    await store.markBlind('prod', START);
    await store.keepLook(keptLook('shop', 'first'), START);
    await store.keepLook(keptLook('shop', 'second'), START);
    await store.keepLook(keptLook('pay', 'third'), START);
    stage.cluster.onCall = (call) => {
      throw new ClusterError('list', call, 401);
    };
    await run();
    expect(triage).toEqual([]);
    stage.cluster.onCall = () => {};
    stage.advance(60);
    await run();
    const looks = triage.map(({ job }) => (job.kind === 'look' ? job : undefined));
    expect(looks.map((job) => job?.scope)).toEqual(
      ['pay', 'shop'].map((namespace) => ({ kind: 'namespace', cluster: 'prod', namespace })),
    );
    expect(looks[1]).toMatchObject({ from: 'alert', waits: 1, hintedAt: stage.now() });
    expect(looks[1]?.alerts.map(({ name }) => name)).toEqual(['second', 'first']);
    await run();
    expect(triage).toHaveLength(2);
  });

  it('keeps the blindness for one sweep more where a look was kept while it ended', async () => {
    const stage = openStage();
    const { triage, run } = openSweep(stage);
    const { store } = stage.deps;
    await store.markBlind('prod', START);
    const racing = {
      ...store,
      async keptLooks(cluster: string) {
        const kept = await store.keptLooks(cluster);
        if (kept.length === 0 && triage.length === 0) {
          await store.keepLook(keptLook('shop', 'late'), START);
          await store.markBlind('prod', START);
        }
        return kept;
      },
    };
    await openSweep(stage, { store: racing }).run();
    await run();
    expect(triage.map(({ job }) => job.kind === 'look' && job.scope)).toEqual([
      { kind: 'namespace', cluster: 'prod', namespace: 'shop' },
    ]);
  });
});

function keptLook(namespace: string, alert: string): TriageJob {
  return {
    kind: 'look',
    scope: { kind: 'namespace', cluster: 'prod', namespace },
    hintedAt: START,
    from: 'alert',
    alerts: [{ name: alert, status: 'firing', startsAt: START, fingerprint: alert, labels: {} }],
    alertCount: 1,
    isClusterAssumed: false,
    waits: 1,
  };
}

describe('sweep: without an alert', () => {
  it('does not take a pod for told because one of its name fails in another namespace of the same incident', async () => {
    const stage = openStage();
    addFailing(stage.cluster, WATCHED, notFoundText(IMAGE));
    addFailing(stage.cluster, { ...WATCHED, namespace: 'pay', name: 'other' }, notFoundText(IMAGE));
    await stage.look('shop');
    await stage.look('pay');
    expect(await stage.incidents('shop', 'pay')).toHaveLength(1);
    addFailing(stage.cluster, { ...WATCHED, namespace: 'pay' }, notFoundText(IMAGE));
    const { triage, run } = openSweep(stage);
    await run();
    const first = triage.filter(({ options }) => options.isRepeat !== true).map(({ job }) => job);
    expect(first).toMatchObject([{ kind: 'look', scope: { namespace: 'pay' } }]);
  });

  it('finds failing pods with one list, and looks only where no open incident has them', async () => {
    const stage = openStage();
    await breakShop(stage);
    addFailing(stage.cluster, { ...WATCHED, namespace: 'new' }, notFoundText(IMAGE));
    stage.cluster.pods.push(waitingPod({ ...WATCHED, namespace: 'fine' }, 'ContainerCreating', ''));
    stage.cluster.calls.length = 0;
    const { triage, run } = openSweep(stage);
    await run();
    expect(stage.cluster.calls).toEqual(['list pods all pending']);
    const found = triage.flatMap(({ job, options }) =>
      job.kind === 'look' && job.scope.kind === 'namespace' && (options.delaySeconds ?? 0) <= 10
        ? [job.scope.namespace]
        : [],
    );
    expect(found.sort()).toEqual(['new', 'shop']);
    // What nobody knows yet does not wait behind what is known.
    expect(new Set(triage.filter(({ options }) => options.isRepeat !== true).map(({ job }) => job))).toEqual(
      new Set([expect.objectContaining({ scope: { kind: 'namespace', cluster: 'prod', namespace: 'new' } })]),
    );
    expect(
      triage.filter(
        ({ job }) => job.kind === 'look' && job.scope.kind === 'namespace' && job.scope.namespace === 'new',
      ),
    ).toHaveLength(1);
  });

  it('looks at a second pod that fails beside a known one', async () => {
    const stage = openStage();
    await breakShop(stage);
    addFailing(stage.cluster, { ...WATCHED, name: 'other' }, notFoundText(IMAGE));
    stage.advance(3_600);
    const { triage, run } = openSweep(stage);
    await run();
    expect(triage.length).toBeGreaterThan(1);
  });

  it('looks every 5 minutes at a pod that is being created for 10, for it may hang in a download', async () => {
    const stage = openStage();
    stage.cluster.pods.push(waitingPod({ ...WATCHED, at: START - 600_000 }, 'ContainerCreating', ''));
    const { triage, run } = openSweep(stage);
    for (let minute = 0; minute < 10; minute += 1) {
      await run();
      stage.advance(60);
    }
    expect(triage).toHaveLength(2);
  });
});

describe('sweep: faults', () => {
  it('does the other parts when one fails, and says so at the end', async () => {
    const stage = openStage();
    await breakShop(stage);
    const { publish, run } = openSweep(stage, {
      triageQueue: {
        send: async () => Promise.reject(new QueueError('no answer', { retry: 'retry' })),
        sendAll: async () => Promise.reject(new QueueError('no answer', { retry: 'retry' })),
      },
    });
    await expect(run()).rejects.toThrow('1 of 6 parts of a sweep failed');
    expect(publish).toHaveLength(1);
  });
});

describe('sweep: heartbeats', () => {
  const notices = (publish: ReturnType<typeof openSweep>['publish']) =>
    publish.flatMap(({ job }) =>
      job.kind === 'notice' && job.notice.type === 'deaf' ? [{ id: job.id, ...job.notice }] : [],
    );

  it.each([
    { minutes: 15, timeScale: 1, told: 0 },
    { minutes: 15.1, timeScale: 1, told: 1 },
    { minutes: 1.4, timeScale: 0.1, told: 0 },
    { minutes: 1.6, timeScale: 0.1, told: 1 },
  ])('tells a silence of $minutes min at scale $timeScale: $told', async ({ minutes, timeScale, told }) => {
    const stage = openStage({ timeScale });
    await stage.deps.store.markHeartbeat('prod', stage.now());
    stage.advance(minutes * 60);
    const { publish, run } = openSweep(stage);
    await run();
    expect(notices(publish)).toHaveLength(told);
    expect(stage.counted.includes('ClustersSilent')).toBe(told === 1);
  });

  it('says nothing of a cluster that never sent one', async () => {
    const stage = openStage();
    stage.advance(24 * 3_600);
    const { publish, run } = openSweep(stage);
    await run();
    expect(notices(publish)).toEqual([]);
  });

  it('tells it once, its end once, and the next silence anew', async () => {
    const stage = openStage();
    const { store } = stage.deps;
    const { publish, run } = openSweep(stage);
    const minutes = async (n: number) => {
      for (let minute = 0; minute < n; minute += 1) {
        stage.advance(60);
        await run();
      }
    };
    await store.markHeartbeat('prod', stage.now());
    await minutes(40);
    await store.markHeartbeat('prod', stage.now());
    await minutes(10);
    expect(notices(publish)).toMatchObject([
      {
        id: 'deaf/prod/2026-11-22T12:00:00.000Z',
        since: START,
        backAt: undefined,
        alert: 'Watchdog',
        afterMinutes: 15,
      },
      { id: 'deaf/prod/2026-11-22T12:00:00.000Z', since: START, backAt: START + 40 * 60_000 },
    ]);
    const [first, second] = publish.filter(({ job }) => job.kind === 'notice');
    expect(first?.options.dedupeId).not.toBe(second?.options.dedupeId);
    await minutes(30);
    expect(
      notices(publish)
        .map(({ id }) => id)
        .at(-1),
    ).toBe('deaf/prod/2026-11-22T12:40:00.000Z');
    expect(notices(publish)).toHaveLength(3);
  });

  it('tells it the next time where the queue did not take it', async () => {
    const stage = openStage();
    await stage.deps.store.markHeartbeat('prod', stage.now());
    stage.advance(16 * 60);
    const broken = { send: () => Promise.reject(new QueueError('down', { retry: 'retry' })), sendAll: async () => {} };
    const { run: runBroken } = openSweep(stage, { publishQueue: broken });
    await expect(runBroken()).rejects.toThrow(AggregateError);
    const { publish, run } = openSweep(stage);
    await run();
    expect(notices(publish)).toHaveLength(1);
  });
});

describe('sweep: remedies that were confirmed', () => {
  it('asks again for those that nobody ended in time, once a sweep, and for no others', async () => {
    const stage = openStage();
    const remedies = createFakeRemedyStore(['stuck', 'young', 'offered'].map((id) => offerOf(stage.now(), { id })));
    for (const [id, dueIn] of [
      ['stuck', 0],
      ['young', 60_000],
    ] as const) {
      await remedies.saveOffer(offerOf(stage.now(), { id, state: 'claimed' }), 1, stage.now() + dueIn);
    }
    const { remedy, run } = openSweep(stage, { remedies });
    await run();
    expect(remedy.map(({ job }) => job)).toEqual([{ kind: 'apply', offerId: 'stuck', at: stage.now() }]);
    stage.advance(60);
    await run();
    expect(remedy.map(({ job }) => (job.kind === 'apply' ? job.offerId : ''))).toEqual(['stuck', 'stuck', 'young']);
  });

  it('goes on with the rest where the queue of remedies does not take it', async () => {
    const stage = openStage();
    await breakShop(stage);
    stage.advance(60);
    const remedies = createFakeRemedyStore([offerOf(stage.now())]);
    await remedies.saveOffer(offerOf(stage.now(), { state: 'claimed' }), 1, stage.now());
    const broken = { send: async () => {}, sendAll: () => Promise.reject(new QueueError('down', { retry: 'retry' })) };
    const { triage, run } = openSweep(stage, { remedies, remedyQueue: broken });
    await expect(run()).rejects.toThrow(AggregateError);
    expect(looksIn(triage).length).toBeGreaterThan(0);
  });
});
