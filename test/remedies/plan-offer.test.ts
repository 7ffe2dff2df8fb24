import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Change } from '../../shared/domain/remedy/change.ts';
import { mergeChanges } from '../../shared/remedies/merge-changes.ts';
import { planHash } from '../../shared/remedies/plan-hash.ts';
import { planOffer } from '../../shared/remedies/plan-offer.ts';
import { contextsOf, REPOSITORY, revisions, type Scene, stuckPod, stuckRollout, web } from './context.ts';
import { anOffer, changeArbitrary, planned, planOf, refusal } from './plans.ts';

/** Two containers of one pod fail, each with a bad tag. */
function twoMembers(): Scene {
  const side = `${REPOSITORY}-side`;
  const containers = (app: string, other: string) => [
    { name: 'app', image: app },
    { name: 'side', image: other },
  ];
  const bad = containers(`${REPOSITORY}:bad`, `${side}:bad`);
  const template = { spec: { containers: containers(`${REPOSITORY}:v1`, `${side}:v1`) } };
  const pod = stuckPod('a', { image: `${REPOSITORY}:bad` });
  const [status] = pod.status?.containerStatuses ?? [];
  const waiting = JSON.parse(JSON.stringify(status).replaceAll(`${REPOSITORY}:bad`, `${side}:bad`));
  return {
    pods: [
      {
        ...pod,
        spec: { ...pod.spec, containers: bad },
        status: { ...pod.status, containerStatuses: [status, { ...waiting, name: 'side' }] },
      } as Scene['pods'][number],
    ],
    workloads: [
      web({ available: 0, spec: { template: { spec: { containers: bad } } } }),
      ...revisions({ template, available: 0 }),
    ],
  };
}

describe('the plan of an offer', () => {
  it('is one change of a workload whose two containers fail', () => {
    const contexts = contextsOf(twoMembers());
    expect(contexts).toHaveLength(2);
    const plan = planned(planOffer('roll-back', contexts, undefined));
    expect(plan.changes).toHaveLength(1);
    expect(plan.changes[0]).toMatchObject({
      kind: 'set-images',
      containers: [
        { name: 'app', after: `${REPOSITORY}:v1` },
        { name: 'side', after: `${REPOSITORY}-side:v1` },
      ],
    });
    expect(plan.members).toEqual(['shop/Deployment/web/app', 'shop/Deployment/web/side']);
    expect(plan.pods).toBe(3);
  });

  it('deletes a pod once, however many of its containers fail', () => {
    const plan = planned(planOffer('retry-now', contextsOf(twoMembers()), undefined));
    expect(plan.changes).toHaveLength(1);
    expect(plan.pods).toBe(1);
  });

  it('leaves out the members that it does not fit, and says so', () => {
    const [fits] = contextsOf(stuckRollout());
    const [bare] = contextsOf({
      pods: [{ ...stuckPod('solo'), metadata: { ...stuckPod('solo').metadata, ownerReferences: [], labels: {} } }],
    });
    if (fits === undefined || bare === undefined) throw new Error('two contexts');
    const plan = planned(planOffer('roll-back', [fits, bare], undefined));
    expect(plan.members).toEqual([fits.member.key]);
    expect(plan.warnings.at(-1)).toMatch(/^shop\/Pod\/solo\/app is left out: Pod shop\/solo belongs to no workload/);
  });

  it.each([
    { what: 'nothing fails any more', plan: planOffer('roll-back', [], undefined), why: /nothing fails any more/ },
    {
      what: 'no member fits',
      plan: planOffer('refresh-pull-secret', contextsOf(stuckRollout()), undefined),
      why: /a fresh token would not help/,
    },
    {
      what: 'it is of whole incidents',
      plan: planOffer('undo', contextsOf(stuckRollout()), undefined),
      why: /whole incidents/,
    },
    {
      what: 'advice only',
      plan: planOffer(
        'roll-back',
        contextsOf(stuckRollout({ namespace: { annotations: { 'pullmedic.dev/mode': 'advise' } } })),
        undefined,
      ),
      why: /^namespace shop asks that nothing of it be changed/,
    },
  ])('is none: $what', ({ plan, why }) => {
    expect(refusal(plan)).toMatch(why);
  });

  it('is the same for the same contexts, in whichever order they come', () => {
    const contexts = contextsOf(twoMembers());
    const hashes = [contexts, [...contexts].reverse()].map((all) =>
      planHash(planned(planOffer('roll-back', all, undefined))),
    );
    expect(new Set(hashes).size).toBe(1);
  });
});

describe('the limit of the policy', () => {
  const pods = ['a', 'b', 'c', 'd'].map((name) => stuckPod(name, { node: `node-${name}`, text: 'i/o timeout' }));
  it.each([
    { maxPods: undefined, deleted: 4, warns: false },
    { maxPods: 4, deleted: 4, warns: false },
    { maxPods: 3, deleted: 3, warns: true },
    { maxPods: 1, deleted: 1, warns: true },
  ])('of $maxPods: $deleted of 4 stuck pods are taken', ({ maxPods, deleted, warns }) => {
    const plan = planned(planOffer('retry-now', contextsOf({ pods }), undefined, maxPods));
    expect(plan.changes).toHaveLength(deleted);
    expect(plan.pods).toBe(deleted);
    expect(plan.warnings.some((text) => text.includes('press again'))).toBe(warns);
  });

  it('cuts no rollout: that is refused as a whole', () => {
    const plan = planned(planOffer('roll-back', contextsOf(twoMembers()), undefined, 1));
    expect(plan.pods).toBe(3);
  });
});

describe('changes that are merged', () => {
  it('are each once, secrets before images before pods, whatever comes in', () => {
    fc.assert(
      fc.property(fc.array(changeArbitrary()), (changes) => {
        const merged = mergeChanges(changes);
        expect(mergeChanges([...merged, ...merged])).toEqual(merged);
        const kinds = merged.map(({ kind }) => kind);
        const order = [
          'refresh-secret',
          'set-pull-secrets',
          'set-images',
          'delete-pod',
          'silence-alerts',
          'end-silence',
        ];
        expect([...kinds].sort((a, b) => order.indexOf(a) - order.indexOf(b))).toEqual(kinds);
      }),
    );
  });
});

describe('the hash of a plan', () => {
  it('does not depend on wording, on counts or on the order of changes', () => {
    fc.assert(
      fc.property(fc.array(changeArbitrary(), { minLength: 1 }), fc.string(), (changes, words) => {
        const plan = planOf(changes);
        const same = {
          ...plan,
          label: words,
          radius: [words],
          warnings: [words],
          changes: [...changes].reverse(),
          pods: plan.pods + 1,
          members: [words],
        };
        expect(planHash(same)).toBe(planHash(plan));
      }),
    );
  });

  it('does not depend on the order of keys', () => {
    const sorted = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(sorted);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([key, one]) => [key, sorted(one)]),
      );
    };
    fc.assert(
      fc.property(changeArbitrary(), (change) => {
        expect(planHash(planOf([sorted(change) as Change]))).toBe(planHash(planOf([change])));
      }),
    );
  });

  it('is another one for another change', () => {
    fc.assert(
      fc.property(changeArbitrary(), changeArbitrary(), (a, b) => {
        fc.pre(JSON.stringify(stripped(a)) !== JSON.stringify(stripped(b)));
        expect(planHash(planOf([a]))).not.toBe(planHash(planOf([b])));
      }),
    );
  });

  const image = { kind: 'set-images', workload: { kind: 'Deployment', namespace: 'n', name: 'w' } } as const;
  const container = { name: 'c', isInit: false, before: 'r:1', after: 'r:2' };
  it.each<{ what: string; change: Change }>([
    { what: 'the new image', change: { ...image, containers: [{ ...container, after: 'r:3' }] } },
    { what: 'the old image', change: { ...image, containers: [{ ...container, before: 'r:0' }] } },
    { what: 'the kind of container', change: { ...image, containers: [{ ...container, isInit: true }] } },
    { what: 'the workload', change: { ...image, workload: { ...image.workload, name: 'v' }, containers: [container] } },
  ])('is another one where $what differs', ({ change }) => {
    expect(planHash(planOf([change]))).not.toBe(planHash(planOf([{ ...image, containers: [container] }])));
  });

  it('is another one for another choice or remedy', () => {
    const plan = planOf([{ ...image, containers: [container] }]);
    expect(planHash({ ...plan, choice: 'v1' })).not.toBe(planHash(plan));
    expect(planHash({ ...plan, remedyId: 'pin-digest' })).not.toBe(planHash(plan));
    expect(anOffer(plan, []).plan).toBe(plan);
  });

  it('is another one where it has become dangerous: no name was typed for that', () => {
    const plan = { ...planOf([{ ...image, containers: [container] }]), danger: 'careful' as const };
    expect(planHash({ ...plan, danger: 'dangerous' })).not.toBe(planHash(plan));
  });
});

/** What a hash leaves out on purpose. */
function stripped(change: Change): unknown {
  if (change.kind === 'delete-pod') return { ...change, node: undefined, controller: undefined };
  return change.kind === 'refresh-secret' ? { ...change, image: undefined } : change;
}
