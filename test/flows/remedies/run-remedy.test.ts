import { describe, expect, it } from '@jest/globals';
import { ClusterError } from '../../../shared/domain/errors.ts';
import type { RemedyDeps } from '../../../shared/flows/run-remedy.ts';
import { notFoundText } from '../kube-objects.ts';
import { busyText, IMAGE, openRemedyStage, type RemedyStage, RULE } from './remedy-stage.ts';

const SET = 'set-images shop/web';
const THREE = [1, 2, 3].map((n) => `delete-pod shop/web-new01-${n}`);

async function confirmed(remedyId: 'roll-back' | 'retry-now' = 'roll-back'): Promise<RemedyStage> {
  const stage = await openRemedyStage(remedyId === 'roll-back' ? { text: notFoundText } : { text: busyText, pods: 3 });
  const hash = await stage.press(remedyId);
  if (hash === undefined) throw new Error(stage.said());
  await stage.claim(hash);
  return stage;
}

const run = async (stage: RemedyStage) => (await stage.incident()).incident.runs?.[0];
const audits = (stage: RemedyStage) => stage.deps.remedies.audit({ from: 0, until: stage.looks.now() + 1 }, 10);

describe('a button that was pressed', () => {
  it('shows the exact change, and makes none', async () => {
    const stage = await openRemedyStage({ text: notFoundText });
    expect(await stage.press('roll-back')).toMatch(/^[0-9a-f]{64}$/);
    expect(stage.said()).toContain(`- app: ${IMAGE}:v2\\n+ app: ${IMAGE}:v1`);
    expect(stage.said()).toContain('accepted it in a dry-run');
    expect(stage.made).toEqual([]);
    expect(await stage.offer()).toMatchObject({ state: 'offered' });
  });

  it('says that nothing fails any more', async () => {
    const stage = await openRemedyStage({ text: notFoundText });
    stage.looks.cluster.pods = stage.looks.cluster.pods.filter(({ status }) => status?.phase === 'Running');
    stage.looks.cluster.events = [];
    expect(await stage.press('roll-back')).toBeUndefined();
    expect(stage.said()).toContain('nothing fails any more');
  });

  it.each([
    ['nobody may', []],
    ['another namespace', [{ ...RULE, namespaces: ['pay'] }]],
    ['somebody else', [{ ...RULE, users: ['U9'] }]],
    ['too many pods', [{ ...RULE, maxPods: 0 }]],
  ])('is not planned where policy says no: %s', async (_, rules) => {
    const stage = await openRemedyStage({ text: notFoundText, rules });
    expect(await stage.press('roll-back')).toBeUndefined();
    expect(stage.said()).toContain('Not allowed');
  });

  it('cannot be confirmed where the server refuses it in the dry-run, and says what grants it', async () => {
    const stage = await openRemedyStage({ text: notFoundText });
    stage.faults.answer = () => ({ kind: 'denied', why: '403: sa may not patch', command: 'kubectl create role x' });
    expect(await stage.press('roll-back')).toBeUndefined();
    expect(stage.said()).toContain('kubectl create role x');
  });

  it('tells the one who waits that the cluster does not answer', async () => {
    const stage = await openRemedyStage({ text: notFoundText });
    stage.looks.cluster.onCall = () => {
      throw new ClusterError('list', 'pods', 503);
    };
    expect(await stage.press('roll-back')).toBeUndefined();
    expect(stage.said()).toContain('could not be planned just now');
  });

  it('tells the one who waits of a bug, and lets it be known', async () => {
    const stage = await openRemedyStage({ text: notFoundText });
    stage.looks.cluster.onCall = () => {
      throw new TypeError('undefined is no object');
    };
    await expect(stage.press('roll-back')).rejects.toThrow(TypeError);
    expect(stage.said()).toContain('bug of pullmedic');
  });

  it('of a silence silences no alert of another team, and none that is about everybody', async () => {
    const stage = await withAlerts();
    expect(await stage.press('silence-alert', { namespaces: ['shop'] })).toBeDefined();
    expect(stage.said()).toContain('namespace=shop');
    expect(stage.said()).not.toContain('namespace=pay');
    expect(stage.said()).not.toContain('node-1');
  });

  it('of a silence asks the policy about every namespace that it names', async () => {
    const stage = await withAlerts();
    expect(await stage.press('silence-alert')).toBeUndefined();
    expect(stage.said()).toContain('silence-alert in prod pay');
  });

  it('of an undo heeds what its namespace asks for by now', async () => {
    const stage = await confirmed();
    await stage.work();
    const undo = { id: 'offer-2', undoes: 'offer-1' };
    expect(await stage.press('undo', undo)).toBeDefined();
    const [namespace] = stage.looks.cluster.namespaces;
    Object.assign(namespace?.metadata ?? {}, { annotations: { 'pullmedic.dev/mode': 'advise' } });
    expect(await stage.press('undo', undo)).toBeUndefined();
    expect(stage.said()).toContain('namespace shop asks that nothing of it be changed');
  });

  it.each([
    ['expired', { expiresAt: 0 }],
    ['ended', { state: 'applied' as const }],
    ['of no incident', { incidentId: 'unknown' }],
  ])('is not planned: %s', async (_, parts) => {
    const stage = await openRemedyStage({ text: notFoundText });
    expect(await stage.press('roll-back', parts)).toBeUndefined();
    expect(stage.views.get('V1')?.submit).toBeUndefined();
  });
});

describe('a remedy that was confirmed', () => {
  it('is applied, told in the dialog, remembered by the incident and in the audit', async () => {
    const stage = await confirmed();
    await stage.work();
    expect(stage.made).toEqual([SET]);
    expect(await stage.offer()).toMatchObject({ state: 'applied', step: 1, results: [{ kind: 'done' }] });
    expect((await stage.offer()).worker).toBeUndefined();
    expect(await run(stage)).toMatchObject({
      state: 'applied',
      label: 'Roll back to v1',
      by: { name: 'alice' },
      rule: 'shop may',
      appliedAt: stage.looks.now(),
      members: ['shop/Deployment/web/app'],
      images: { 'shop/Deployment/web/app': `${IMAGE}:v1` },
      isUndoable: true,
      did: [`set container app from ${IMAGE}:v2 to ${IMAGE}:v1 in Deployment shop/web`],
    });
    expect(await audits(stage)).toMatchObject([
      { offerId: 'offer-1', outcome: 'applied', by: { userId: 'U1' }, changes: [{ result: { kind: 'done' } }] },
    ]);
    expect(stage.said()).toContain('The message tells whether it helped');
    expect(stage.counted).toContain('RemediesApplied roll-back applied');
    expect(await stage.deps.remedies.stuckOffers(Number.MAX_SAFE_INTEGER, 9)).toEqual([]);
  });

  it('delivered again, or asked for again later, changes and counts nothing more', async () => {
    const stage = await confirmed();
    await stage.work();
    await stage.work();
    stage.looks.advance(120);
    await stage.work('message-2');
    expect(stage.made).toEqual([SET]);
    expect(stage.counted.filter((name) => name.startsWith('RemediesApplied'))).toHaveLength(1);
    expect(await audits(stage)).toHaveLength(1);
  });

  it('by two workers at once is done once', async () => {
    const stage = await confirmed('retry-now');
    await Promise.all(['a', 'b', 'c'].map((holder) => stage.work(holder)));
    expect([...stage.made].sort()).toEqual(THREE);
    expect(stage.counted.filter((name) => name.startsWith('RemediesApplied'))).toHaveLength(1);
    expect(await stage.offer()).toMatchObject({ state: 'applied' });
  });

  it('waits for another worker that has it, and goes on when that one is gone', async () => {
    const stage = await confirmed();
    const { version, ...offer } = { version: 0, ...(await stage.deps.remedies.offer('offer-1')) };
    const worker = { id: 'other', until: stage.looks.now() + 60_000 };
    await stage.deps.remedies.saveOffer({ ...offer, worker } as never, version, undefined);
    await stage.work();
    expect(stage.made).toEqual([]);
    stage.looks.advance(60);
    await stage.work();
    expect(stage.made).toEqual([SET]);
  });

  it('does nothing where the plan is another one now; the dialog shows it, and the button stays good', async () => {
    const stage = await confirmed();
    Object.assign(stage.looks.cluster.workloads[1]?.spec?.template?.spec?.containers?.[0] ?? {}, {
      image: `${IMAGE}:v0`,
    });
    await stage.work();
    expect(stage.made).toEqual([]);
    expect(await stage.offer()).toMatchObject({ state: 'offered', results: [] });
    expect((await stage.offer()).claim).toBeUndefined();
    expect(stage.said()).toContain('this is not what you confirmed');
    expect(stage.said()).toContain(`+ app: ${IMAGE}:v0`);
    expect((await stage.incident()).incident.runs ?? []).toEqual([]);
    expect(await audits(stage)).toEqual([]);
  });

  it('does nothing where nothing fails any more', async () => {
    const stage = await confirmed();
    stage.looks.cluster.pods = [];
    stage.looks.cluster.events = [];
    await stage.work();
    expect(stage.made).toEqual([]);
    expect(stage.said()).toContain('nothing fails any more');
    expect(await stage.offer()).toMatchObject({ state: 'offered' });
  });

  it('does nothing where the switch was turned to advise meanwhile', async () => {
    const stage = await confirmed();
    Object.assign(stage.deps.config.policy, { mode: 'advise' });
    await stage.work();
    expect(stage.made).toEqual([]);
    expect(stage.said()).toContain('Not allowed');
  });

  it('waits while another remedy is being applied to the same pods', async () => {
    const stage = await confirmed();
    const other = {
      offerId: 'other',
      state: 'applying',
      startedAt: stage.looks.now(),
      label: 'Pin',
      by: { name: 'bob' },
    };
    const { incident } = await stage.incident();
    const runs = [{ ...other, members: ['shop/Deployment/web/app'], did: [], images: {} }];
    const deps = withLoaded(stage.deps, { ...incident, runs: runs as never });
    await stage.work('message-1', deps);
    expect(stage.made).toEqual([]);
    expect(stage.said()).toContain('bob began Pin');
  });

  it('leaves a pod alone that has started by itself meanwhile, and goes on with the others', async () => {
    const stage = await confirmed('retry-now');
    stage.faults.answer = (change) =>
      change.kind === 'delete-pod' && change.name.endsWith('-2')
        ? { kind: 'changed', by: undefined, found: 'it is Running, not Pending' }
        : undefined;
    await stage.work();
    expect(stage.made).toEqual(THREE.filter((one) => !one.endsWith('-2')));
    expect(await stage.offer()).toMatchObject({
      state: 'applied',
      results: [{ kind: 'done' }, { kind: 'changed' }, { kind: 'done' }],
    });
    expect((await run(stage))?.did).toHaveLength(2);
  });

  it('stops at an object that somebody changed, names who, and leaves the rest alone', async () => {
    const stage = await confirmed('roll-back');
    stage.faults.answer = () => ({ kind: 'changed', by: 'argocd', found: 'web:v3' });
    await stage.work();
    expect(stage.made).toEqual([]);
    const why = 'Deployment shop/web was changed meanwhile by argocd (web:v3): left alone';
    expect(await stage.offer()).toMatchObject({ state: 'stopped', why, results: [{ kind: 'changed' }] });
    expect(await run(stage)).toMatchObject({ state: 'stopped', why });
    expect((await run(stage))?.appliedAt).toBeUndefined();
    expect(await audits(stage)).toMatchObject([{ outcome: 'stopped', why }]);
    expect(stage.said()).toContain('argocd');
  });

  it.each([
    [
      { kind: 'denied', why: '403: sa may not delete pods there', command: 'kubectl create role p' },
      'kubectl create role p',
    ],
    [{ kind: 'refused', why: 'only-pending: pullmedic deletes only pods that are Pending' }, 'only-pending'],
    [{ kind: 'gone' }, 'was gone already'],
  ] as const)('stops with a clear message: %j', async (answer, words) => {
    const stage = await confirmed('retry-now');
    stage.faults.answer = () => answer;
    await stage.work();
    expect(stage.made).toEqual([]);
    expect((await stage.offer()).why).toContain(words);
    expect(stage.said()).toContain('Stopped');
  });

  it('comes again for what may pass, and goes on where it was; five times at most, and then says so', async () => {
    const stage = await confirmed('retry-now');
    stage.faults.answer = (change) => {
      if (change.kind === 'delete-pod' && change.name.endsWith('-2')) throw new ClusterError('delete', 'pods', 503);
      return undefined;
    };
    for (let n = 1; n <= 5; n += 1) await expect(stage.work()).rejects.toThrow(ClusterError);
    expect(await stage.offer()).toMatchObject({ state: 'applying', step: 1, tries: 5 });
    await stage.work();
    expect(await stage.offer()).toMatchObject({ state: 'stopped', why: expect.stringContaining('failed 5 times') });
    expect(stage.made).toEqual(THREE.slice(0, 1));
    expect(await audits(stage)).toHaveLength(1);
  });

  it('stops at once for an identity that is not accepted', async () => {
    const stage = await confirmed();
    stage.faults.answer = () => {
      throw new ClusterError('patch', 'deployments shop/web', 401);
    };
    await stage.work();
    expect(await stage.offer()).toMatchObject({ state: 'stopped', why: expect.stringContaining('401') });
  });

  it('is told to nobody whose dialog cannot be reached, and done all the same', async () => {
    const stage = await confirmed();
    await stage.work('message-1', { ...stage.deps, dialogs: { ...stage.deps.dialogs, update: async () => 'gone' } });
    expect(await run(stage)).toMatchObject({ state: 'applied' });
  });

  it('keeps what the looks have concluded, also when its end is told once more', async () => {
    const stage = await confirmed();
    await stage.work();
    const before = await run(stage);
    const { incident } = await stage.incident();
    const runs = [{ ...before, state: 'verified' }] as never;
    await stage.deps.remedies.writeAudit({
      ...((await audits(stage))[0] as never as object),
      outcome: 'verified',
    } as never);
    await stage.work('late', withLoaded(stage.deps, { ...incident, runs }));
    expect(await audits(stage)).toMatchObject([{ outcome: 'verified' }]);
  });

  it('that was never claimed is not done', async () => {
    const stage = await openRemedyStage({ text: notFoundText });
    await stage.press('roll-back');
    await stage.work();
    expect(stage.made).toEqual([]);
  });
});

/** An incident of two teams, with an alert of each and one of a node. */
async function withAlerts(): Promise<RemedyStage> {
  const stage = await openRemedyStage({ text: notFoundText });
  Object.assign(stage.deps.config, { alertmanagers: [{ url: 'https://am.example.com', clusters: undefined }] });
  const { incident } = await stage.incident();
  const alerts = [{ namespace: 'shop' }, { namespace: 'pay' }, { node: 'node-1' }].map((labels) => ({
    name: 'ImagePull',
    status: 'firing' as const,
    startsAt: 0,
    fingerprint: undefined,
    labels,
  }));
  Object.assign(stage.deps, { store: withLoaded({ ...stage.deps }, { ...incident, alerts }).store });
  return stage;
}

function withLoaded(deps: RemedyDeps, incident: Awaited<ReturnType<RemedyStage['incident']>>['incident']): RemedyDeps {
  const load = async (id: string) => {
    const loaded = await deps.store.load(id);
    return loaded && { ...loaded, incident };
  };
  return { ...deps, store: { ...deps.store, load } };
}
