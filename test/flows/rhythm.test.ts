import { describe, expect, it } from '@jest/globals';
import type { TriageQueueJob } from '../../shared/domain/jobs.ts';
import { checkCluster } from '../../shared/flows/check-cluster.ts';
import { lookAtScope } from '../../shared/flows/look-at-scope.ts';
import { sweep } from '../../shared/flows/sweep.ts';
import type { JobQueue } from '../../shared/ports/job-queue.ts';
import { NO_REMEDIES } from '../support/remedy-builders.ts';
import { noAnswer } from './fake-cluster.ts';
import { addFailing, failingPod, notFoundText, runningPod } from './kube-objects.ts';
import { type LookStage, openStage, START } from './look-stage.ts';

const MINUTE = 60;
const IMAGE = 'ghcr.io/acme/web:gone';
const pod = (namespace: string) => ({ namespace, name: 'app', image: IMAGE, at: START });

/** The sweeper's minute and the triage queue's delays, on the stage's clock, second by second. */
function runRhythm(stage: LookStage) {
  const waiting: { readonly job: TriageQueueJob; readonly at: number }[] = [];
  const put: JobQueue<TriageQueueJob>['send'] = async (job, { delaySeconds = 0 } = {}) => {
    waiting.push({ job, at: stage.now() + delaySeconds * 1_000 });
  };
  const triageQueue: JobQueue<TriageQueueJob> = {
    send: put,
    async sendAll(jobs) {
      for (const { job, options } of jobs) await put(job, options);
    },
  };
  let seconds = 0;

  async function serve(job: TriageQueueJob): Promise<void> {
    if (job.kind === 'look') await lookAtScope(job, stage.deps);
    if (job.kind === 'check') await checkCluster(job, stage.deps, { holder: 'check' });
  }

  async function step(): Promise<void> {
    if (seconds % MINUTE === 0) await sweep({ ...stage.deps, triageQueue, ...NO_REMEDIES }, stage.now());
    for (const due of waiting.filter(({ at }) => at <= stage.now())) {
      waiting.splice(waiting.indexOf(due), 1);
      await serve(due.job);
    }
    seconds += 1;
    stage.advance(1);
  }

  return {
    async run(forSeconds: number) {
      for (let n = 0; n < forSeconds; n += 1) await step();
    },
    /** @returns the seconds that it took */
    async until(isTrue: () => Promise<boolean>, atMost: number): Promise<number> {
      for (let n = 0; n <= atMost; n += 1) {
        if (await isTrue()) return n;
        await step();
      }
      return Number.POSITIVE_INFINITY;
    },
  };
}

async function stateIn(stage: LookStage, namespace: string) {
  return (await stage.incidents(namespace))[0]?.incident.state;
}

/** A pod whose image was changed while it ran: it fails and is not Pending. */
function runningWithAnotherImage(namespace: string) {
  const failing = failingPod(pod(namespace), notFoundText(IMAGE));
  return { ...failing, status: { ...failing.status, phase: 'Running' } };
}

describe('the rhythm', () => {
  it.each([
    { quiet: 'a moment', seconds: 5 },
    { quiet: 'half a minute', seconds: 31 },
    { quiet: '1 minute', seconds: 1 * MINUTE },
    { quiet: '10 minutes and a half', seconds: 10 * MINUTE + 31 },
    { quiet: '12 minutes and 51 s', seconds: 12 * MINUTE + 51 },
    { quiet: '59 minutes', seconds: 59 * MINUTE + 7 },
    { quiet: '2 hours', seconds: 122 * MINUTE + 3 },
  ])('sees within 11 s that a pod runs, $quiet after it failed', async ({ seconds }) => {
    const stage = openStage();
    addFailing(stage.cluster, pod('shop'), notFoundText(IMAGE));
    const rhythm = runRhythm(stage);
    await rhythm.run(seconds);
    expect(await stateIn(stage, 'shop')).toBe('observed');
    stage.cluster.pods = [runningPod(pod('shop'))];
    expect(await rhythm.until(async () => (await stateIn(stage, 'shop')) === 'recovered', 60)).toBeLessThanOrEqual(11);
  });

  it('sees it of a pod that runs with a changed image too, which is never in the list of pending ones', async () => {
    const stage = openStage();
    stage.cluster.pods = [runningWithAnotherImage('shop')];
    await stage.look('shop');
    const rhythm = runRhythm(stage);
    await rhythm.run(25 * MINUTE + 13);
    stage.cluster.pods = [runningPod(pod('shop'))];
    expect(await rhythm.until(async () => (await stateIn(stage, 'shop')) === 'recovered', 60)).toBeLessThanOrEqual(11);
  });

  it('sees a second failing pod beside a quiet one as soon', async () => {
    const stage = openStage();
    addFailing(stage.cluster, pod('shop'), notFoundText(IMAGE));
    const rhythm = runRhythm(stage);
    await rhythm.run(15 * MINUTE + 4);
    addFailing(stage.cluster, { ...pod('shop'), name: 'other', at: stage.now() }, notFoundText(IMAGE));
    const isKnown = async () =>
      (await stage.incidents('shop')).some(({ slices }) =>
        slices.some(({ members }) => members.some(({ workloadName }) => workloadName === 'other')),
      );
    expect(await rhythm.until(isKnown, 60)).toBeLessThanOrEqual(11);
  });

  it.each([
    { incidents: 1, afterMinutes: 20, most: 15 },
    { incidents: 20, afterMinutes: 20, most: 150 },
    { incidents: 20, afterMinutes: 90, most: 45 },
  ])(
    'costs at most $most calls a minute with $incidents incidents that are quiet for $afterMinutes minutes',
    async ({ incidents, afterMinutes, most }) => {
      const stage = openStage();
      const namespaces = Array.from({ length: incidents }, (_, n) => `shop-${n}`);
      for (const namespace of namespaces) addFailing(stage.cluster, pod(namespace), notFoundText(IMAGE));
      for (const namespace of namespaces) await stage.look(namespace);
      stage.advance(afterMinutes * MINUTE);
      for (const namespace of namespaces) await stage.look(namespace);
      const rhythm = runRhythm(stage);
      await rhythm.run(MINUTE);
      stage.cluster.calls.length = 0;
      await rhythm.run(10 * MINUTE);
      expect(stage.cluster.calls.length / 10).toBeLessThanOrEqual(most);
      // It costs something: six checks and the sweep's own list.
      expect(stage.cluster.calls.length / 10).toBeGreaterThanOrEqual(7);
    },
  );

  it('looks at what changed and at nothing else', async () => {
    const stage = openStage();
    for (const namespace of ['shop', 'bank']) {
      addFailing(stage.cluster, pod(namespace), notFoundText(IMAGE));
      await stage.look(namespace);
    }
    stage.advance(30 * MINUTE);
    const rhythm = runRhythm(stage);
    await rhythm.run(5);
    stage.cluster.calls.length = 0;
    stage.cluster.pods = stage.cluster.pods.map((one) =>
      one.metadata?.namespace === 'shop' ? runningPod(pod('shop')) : one,
    );
    await rhythm.run(10);
    expect(stage.cluster.calls).toContain('list pods shop');
    expect(stage.cluster.calls).not.toContain('list pods bank');
  });

  it('leaves a list that fails to the next check', async () => {
    const stage = openStage();
    stage.cluster.onCall = () => Promise.reject(new Error('a bug'));
    const job = { kind: 'check' as const, cluster: 'prod', hintedAt: stage.now(), watched: { shop: 'x' } };
    await expect(checkCluster(job, stage.deps, { holder: 'h' })).rejects.toThrow('a bug');
    stage.cluster.onCall = noAnswer;
    await checkCluster(job, stage.deps, { holder: 'h' });
    expect(stage.counted).toEqual(['ChecksFailed']);
  });

  it('comes again where a namespace that changed could not be looked at', async () => {
    const stage = openStage();
    const job = { kind: 'check' as const, cluster: 'prod', hintedAt: stage.now(), watched: { shop: 'x', bank: 'y' } };
    stage.cluster.onCall = (call) => (call.endsWith(' shop') ? noAnswer(call) : undefined);
    await expect(checkCluster(job, stage.deps, { holder: 'h' })).rejects.toMatchObject({ code: 'cluster' });
    expect(stage.cluster.calls).toContain('list pods bank');
  });
});
