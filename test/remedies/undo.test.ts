import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Applied, Change } from '../../shared/domain/remedy/change.ts';
import { isUndoable, planUndo } from '../../shared/remedies/undo.ts';
import { anOffer, changeArbitrary, planned, planOf, refusal } from './plans.ts';

const DONE: Applied = { kind: 'done', at: 1, id: 'silence-1' };
const IMAGES: Change = {
  kind: 'set-images',
  workload: { kind: 'Deployment', namespace: 'shop', name: 'web' },
  containers: [{ name: 'app', isInit: false, before: 'r:bad', after: 'r:good' }],
};
const POD: Change = {
  kind: 'delete-pod',
  namespace: 'shop',
  name: 'a',
  uid: 'u',
  node: 'n',
  controller: 'ReplicaSet w',
};
const SECRET: Change = {
  kind: 'refresh-secret',
  namespace: 'shop',
  name: 's',
  target: 't',
  identity: 'i',
  isMissing: false,
  image: 'r:1',
};
const SILENCE: Change = { kind: 'silence-alerts', alertmanager: 'http://am', matchers: [], minutes: 60 };

describe('undo', () => {
  it('of an undo is what was done', () => {
    const invertible = changeArbitrary().filter(({ kind }) => kind === 'set-images' || kind === 'set-pull-secrets');
    fc.assert(
      fc.property(fc.array(invertible, { minLength: 1 }), (changes) => {
        const done = changes.map(() => DONE);
        const once = planned(planUndo(anOffer(planOf(changes), done)));
        expect(planned(planUndo(anOffer(once, done))).changes).toEqual(changes);
      }),
    );
  });

  it('swaps before and after, last change first, and leaves pods and tokens as they are', () => {
    const plan = planned(planUndo(anOffer(planOf([SECRET, IMAGES, SILENCE, POD]), [DONE, DONE, DONE, DONE])));
    expect(plan).toMatchObject({ remedyId: 'undo', label: 'Undo Roll back to v1', pods: 2 });
    expect(plan.changes).toEqual([
      { kind: 'end-silence', alertmanager: 'http://am', silenceId: 'silence-1' },
      { ...IMAGES, containers: [{ name: 'app', isInit: false, before: 'r:good', after: 'r:bad' }] },
    ]);
  });

  it('takes back only what was done', () => {
    const other: Change = { ...IMAGES, workload: { kind: 'Deployment', namespace: 'shop', name: 'other' } };
    const results: Applied[] = [
      { kind: 'already', at: 1 },
      { kind: 'changed', by: 'argocd', found: 'r:x' },
    ];
    const plan = planned(planUndo({ ...anOffer(planOf([IMAGES, other]), results), state: 'stopped' }));
    expect(plan.changes).toHaveLength(1);
    expect(plan.changes[0]).toMatchObject({ workload: { name: 'web' } });
  });

  it.each<{ what: string; changes: readonly Change[]; results: readonly Applied[]; why: RegExp }>([
    {
      what: 'a refresh',
      changes: [SECRET, POD],
      results: [DONE, DONE],
      why: /a token that was refreshed ends by itself/,
    },
    { what: 'pods that were deleted', changes: [POD], results: [DONE], why: /were made anew/ },
    {
      what: 'what was refused',
      changes: [IMAGES],
      results: [{ kind: 'refused', why: 'x' }],
      why: /none of it was done/,
    },
    { what: 'what was not tried', changes: [IMAGES], results: [], why: /none of it was done/ },
    {
      what: 'a silence without its id',
      changes: [SILENCE],
      results: [{ kind: 'done', at: 1 }],
      why: /none of it was done/,
    },
  ])('is none of $what', ({ changes, results, why }) => {
    const plan = planUndo(anOffer(planOf(changes), results));
    expect(refusal(plan)).toMatch(why);
  });

  it.each(['offered', 'claimed', 'applying'] as const)('is none of an offer that is %s', (state) => {
    expect(planUndo({ ...anOffer(planOf([IMAGES]), [DONE]), state })).toHaveProperty('refused');
  });

  it.each([
    { changes: [IMAGES], is: true },
    { changes: [SILENCE], is: true },
    { changes: [POD, SECRET], is: false },
  ])('is there before anything is done: $is', ({ changes, is }) => {
    expect(isUndoable({ changes })).toBe(is);
  });
});
