import { describe, expect, it } from '@jest/globals';
import { createSqliteRecordStore } from '../../../shared/adapters/sqlite/sqlite-record-store.ts';
import type { PolicyRule } from '../../../shared/config/policy.ts';
import { QueueError } from '../../../shared/domain/errors.ts';
import type { RemedyJob } from '../../../shared/domain/jobs.ts';
import type { LookDeps } from '../../../shared/flows/look-at-scope.ts';
import { createRecordRemedyStore } from '../../../shared/flows/record-remedy-store.ts';
import { changeIncident } from '../../../shared/flows/remedies/change-incident.ts';
import { runRemedy } from '../../../shared/flows/run-remedy.ts';
import { aRun } from '../../support/sample-run.ts';
import { notFoundText } from '../kube-objects.ts';
import { openRemedyStage, RULE } from '../remedies/remedy-stage.ts';

const AUTO: PolicyRule = { ...RULE, name: 'retry', mode: 'auto', remedies: ['retry-now'], users: [] };

async function open(rules: readonly PolicyRule[] = [AUTO]) {
  const stage = await openRemedyStage({ text: notFoundText, pods: 3, rules });
  const jobs: RemedyJob[] = [];
  const remedies = createRecordRemedyStore(
    createSqliteRecordStore({ db: stage.looks.database, clock: stage.looks.deps.clock }),
  );
  const queue = {
    send: async (job: RemedyJob) => {
      jobs.push(job);
    },
    sendAll: async () => {},
  };
  const auto: LookDeps['auto'] = { remedies, queue };
  Object.assign(stage.looks.deps, { auto });
  const look = async () => {
    stage.looks.advance(10);
    await stage.looks.look('shop');
  };
  const work = async () => {
    for (const job of jobs.splice(0)) await runRemedy(job, { ...stage.deps, remedies });
  };
  return { stage, jobs, remedies, look, work, queue };
}

describe('a remedy that the policy lets run by itself', () => {
  it('is begun once, however many looks see it, and done in the name of its rule', async () => {
    const { stage, jobs, look, work } = await open();
    for (let n = 0; n < 3; n += 1) await look();
    expect(jobs).toHaveLength(1);
    await work();
    expect([...stage.made].sort()).toEqual([1, 2, 3].map((n) => `delete-pod shop/web-new01-${n}`));
    expect((await stage.incident()).incident.runs).toMatchObject([
      { by: 'policy', rule: 'retry', state: 'applied', remedyId: 'retry-now', members: ['shop/Deployment/web/app'] },
    ]);
    const audit = await stage.deps.remedies.audit({ from: 0, until: stage.looks.now() + 1 }, 9);
    expect(audit).toMatchObject([{ by: 'policy', rule: 'retry', outcome: 'applied' }]);
    // Pods of a workload are retried once an incident.
    await look();
    expect(jobs).toEqual([]);
  });

  it.each<[string, readonly PolicyRule[]]>([
    ['a person must confirm it', [{ ...AUTO, mode: 'ask', users: ['U1'] }]],
    ['the rule is about another namespace', [{ ...AUTO, namespaces: ['pay'] }]],
    ['the rule is about another remedy', [{ ...AUTO, remedies: ['refresh-pull-secret'] }]],
    ['there is no rule', []],
  ])('is not begun where %s', async (_, rules) => {
    const { jobs, look } = await open(rules);
    await look();
    expect(jobs).toEqual([]);
  });

  it('changes no image, whatever the rule says', async () => {
    const { stage, jobs, look, work } = await open([{ ...AUTO, remedies: undefined }]);
    await look();
    expect(jobs).toHaveLength(1);
    await work();
    expect([...new Set(stage.made.map((change) => change.split(' ')[0]))]).toEqual(['delete-pod']);
  });

  it('takes no more pods at a time than the rule allows', async () => {
    const { stage, look, work } = await open([{ ...AUTO, maxPods: 2 }]);
    await look();
    await work();
    expect(stage.made).toHaveLength(2);
  });

  it('is not done where the switch was turned to advise meanwhile, and says why', async () => {
    const { stage, look, work } = await open();
    await look();
    Object.assign(stage.deps.config.policy, { mode: 'advise' });
    await work();
    expect(stage.made).toEqual([]);
    expect((await stage.incident()).incident.runs).toMatchObject([
      { state: 'stopped', why: expect.stringContaining('policy.mode: advise') },
    ]);
  });

  it('that came to nothing is not begun again by the next look', async () => {
    const { stage, jobs, remedies, look } = await open();
    await look();
    const clusters = {
      ...stage.deps.clusters,
      reader: async () => ({ ...stage.looks.cluster, listPods: async () => ({ ok: true as const, value: [] }) }),
    };
    for (const job of jobs.splice(0)) await runRemedy(job, { ...stage.deps, remedies, clusters });
    expect((await stage.incident()).incident.runs).toMatchObject([
      { state: 'stopped', members: ['shop/Deployment/web/app'] },
    ]);
    for (let n = 0; n < 3; n += 1) await look();
    expect(jobs).toEqual([]);
  });

  it('is not begun twice because the same remedy ran in another namespace meanwhile', async () => {
    const { stage, jobs, look } = await open();
    await look();
    const elsewhere = aRun({ remedyId: 'retry-now', members: ['pay/Deployment/web/app'] });
    const { incident } = await stage.incident();
    await changeIncident(incident.id, (one) => ({ ...one, runs: [elsewhere] }), stage.deps);
    await look();
    expect(jobs).toHaveLength(1);
  });

  it('that the queue did not take is asked for by the sweeper, and the look goes on', async () => {
    const { stage, remedies, look, queue } = await open();
    queue.send = () => Promise.reject(new QueueError('down', { retry: 'retry' }));
    await look();
    const [stuck] = await remedies.stuckOffers(stage.looks.now() + 60_000, 9);
    expect(stuck).toMatchObject({ state: 'claimed', claim: { by: 'policy' }, members: ['shop/Deployment/web/app'] });
  });
});
