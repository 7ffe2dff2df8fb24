import { describe, expect, it } from '@jest/globals';
import type { Workload } from '../../../shared/domain/kubernetes.ts';
import type { RemedyRun } from '../../../shared/domain/remedy/run.ts';
import { changeIncident } from '../../../shared/flows/remedies/change-incident.ts';
import { offerOf } from '../../support/remedy-builders.ts';
import { createFakeRemedyStore } from '../../support/remedy-store.ts';
import { aRun } from '../../support/sample-run.ts';
import { addFailing, deployment, notFoundText, replicaSet, runningPod } from '../kube-objects.ts';
import { type LookStage, openStage } from '../look-stage.ts';

const SHOP = { namespace: 'shop', deployment: 'web' } as const;
const BAD = 'registry.example/web:v2';
const GOOD = 'registry.example/web:v1';
const KEY = 'shop/Deployment/web/app';

/** The Deployment as managedFields tell it: who set the image, and when. */
function web(stage: LookStage, image: string, manager: string, available: number, updated: number): Workload {
  const object = deployment({ namespace: 'shop', name: 'web', image, desired: 2, available, updated });
  const fieldsV1 = {
    'f:spec': { 'f:template': { 'f:spec': { 'f:containers': { 'k:{"name":"app"}': { 'f:image': {} } } } } },
  };
  const time = new Date(stage.now()).toISOString().replace(/\.\d+Z$/, 'Z');
  return { ...object, metadata: { ...object.metadata, managedFields: [{ manager, time, fieldsV1 }] } };
}

function revision(stage: LookStage, hash: string, number: number, image: string, available: number): Workload {
  return replicaSet({ ...SHOP, hash, revision: number, image, desired: 2, available, at: stage.now() });
}

/** Revision 2 asks for a tag that is not there; two pods of revision 1 serve. */
function stuck(stage: LookStage, manager = 'ci'): void {
  const { cluster } = stage;
  const at = stage.now();
  cluster.pods = ['a', 'b'].map((n) => runningPod({ ...SHOP, name: `web-old-${n}`, hash: 'old', image: GOOD, at }));
  cluster.events = [];
  cluster.workloads = [
    web(stage, BAD, manager, 2, 0),
    revision(stage, 'old', 1, GOOD, 2),
    revision(stage, 'new', 2, BAD, 0),
  ];
  addFailing(cluster, { ...SHOP, name: 'web-new-a', hash: 'new', image: BAD, at }, notFoundText(BAD));
}

/** The rollout back is complete: what the controllers of a cluster do after the remedy within seconds. */
function mended(stage: LookStage, manager = 'pullmedic'): void {
  const { cluster } = stage;
  cluster.pods = cluster.pods.filter(({ metadata }) => metadata?.labels?.['pod-template-hash'] === 'old');
  cluster.workloads = [
    web(stage, GOOD, manager, 2, 2),
    revision(stage, 'old', 3, GOOD, 2),
    revision(stage, 'new', 2, BAD, 0),
  ];
}

async function used(stage: LookStage, change: Partial<RemedyRun> = {}): Promise<void> {
  const [loaded] = await stage.incidents('shop');
  const run = aRun({
    startedAt: stage.now() - 2_000,
    appliedAt: stage.now(),
    members: [KEY],
    images: { [KEY]: GOOD },
    ...change,
  });
  await changeIncident(loaded?.incident.id ?? '', (incident) => ({ ...incident, runs: [run] }), stage.deps);
}

async function open(): Promise<LookStage & { readonly remedies: ReturnType<typeof createFakeRemedyStore> }> {
  const stage = openStage();
  const remedies = createFakeRemedyStore([offerOf(stage.now())]);
  Object.assign(stage.deps, { remedies });
  stuck(stage);
  await stage.look('shop');
  stage.advance(30);
  return Object.assign(stage, { remedies });
}

async function lookAgain(stage: LookStage, seconds: number) {
  stage.advance(seconds);
  await stage.look('shop');
  const [loaded] = await stage.incidents('shop');
  if (loaded === undefined) throw new Error('no incident');
  return loaded.incident;
}

describe('a remedy that was used, seen by looks', () => {
  it('is proven after a minute in which its image stood, and the audit says so', async () => {
    const stage = await open();
    mended(stage);
    await used(stage);
    for (const seconds of [1, 9, 10, 10, 10, 10, 9]) {
      const incident = await lookAgain(stage, seconds);
      expect(incident.state).toBe('repairing');
      expect(incident.endedAt).toBeUndefined();
    }
    expect(stage.remedies.audits).toEqual([]);
    expect(await lookAgain(stage, 1)).toMatchObject({ state: 'recovered', runs: [{ state: 'verified' }] });
    expect(stage.remedies.audits).toMatchObject([{ offerId: 'offer-1', outcome: 'verified' }]);
    expect(stage.counted).toContain('RemedyOutcomes');
  });

  it('is told as put back by whom, where one good pod of the put-back revision runs beside a stuck one', async () => {
    const stage = await open();
    mended(stage);
    await used(stage);
    await lookAgain(stage, 3);
    stage.advance(2);
    stuck(stage, 'argocd-controller');
    const incident = await lookAgain(stage, 5);
    expect(incident.endedAt).toBeUndefined();
    expect(incident.runs).toMatchObject([{ state: 'put-back', why: `argocd-controller set ${BAD}` }]);
    expect(stage.remedies.audits).toMatchObject([{ outcome: 'put-back', why: `argocd-controller set ${BAD}` }]);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])(
    'a controller that flips the image every 5 s is never green: looks every 10 s from second %i on',
    async (first) => {
      const stage = await open();
      mended(stage);
      await used(stage);
      const begin = stage.now();
      let isOurs = true;
      let next = begin + first * 1_000;
      // Every write moves the time in managedFields, as a real API server does.
      for (let second = 1; second <= 180; second += 1) {
        stage.advance(1);
        if (second % 5 === 0) {
          isOurs = !isOurs;
          if (isOurs) mended(stage);
          else stuck(stage, 'argocd-controller');
        }
        if (stage.now() < next) continue;
        next += 10_000;
        await stage.look('shop');
        const [loaded] = await stage.incidents('shop');
        expect(loaded?.incident.endedAt).toBeUndefined();
        expect(loaded?.incident.state).not.toBe('recovered');
      }
    },
  );

  it('did not help where pods with its image fail, and then it is offered no more as the first', async () => {
    const stage = await open();
    await used(stage);
    const at = stage.now() + 3_000;
    stage.advance(3);
    stage.cluster.pods = [];
    stage.cluster.workloads = [web(stage, GOOD, 'pullmedic', 0, 1), revision(stage, 'old', 3, GOOD, 0)];
    addFailing(stage.cluster, { ...SHOP, name: 'web-old-c', hash: 'old', image: GOOD, at }, notFoundText(GOOD));
    const incident = await lookAgain(stage, 2);
    expect(incident.runs).toMatchObject([{ state: 'no-help' }]);
    expect(incident.runs?.[0]?.why).toMatch(/tag v1/);
    expect(stage.remedies.audits).toMatchObject([{ outcome: 'no-help' }]);
  });

  it('the audit being away does not fail the look', async () => {
    const stage = await open();
    stage.remedies.writeAudit = async () => {
      throw new Error('away');
    };
    mended(stage);
    await used(stage);
    expect(await lookAgain(stage, 61)).toMatchObject({ state: 'recovered', runs: [{ state: 'verified' }] });
    expect(stage.counted).toContain('BesideFailures');
  });
});
