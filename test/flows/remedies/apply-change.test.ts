import { describe, expect, it } from '@jest/globals';
import type { Change, RefreshSecret } from '../../../shared/domain/remedy/change.ts';
import type { Offer } from '../../../shared/domain/remedy/offer.ts';
import { applyChange, changedBy } from '../../../shared/flows/remedies/apply-change.ts';
import { ALICE, offerOf } from '../../support/remedy-builders.ts';
import { START } from '../look-stage.ts';
import { openRemedyStage, type RemedyStage } from './remedy-stage.ts';

const REFRESH: RefreshSecret = {
  kind: 'refresh-secret',
  namespace: 'shop',
  name: 'ecr-creds',
  target: 'shop',
  identity: 'role/pull',
  isMissing: false,
  image: '123456789012.dkr.ecr.eu-west-1.amazonaws.com/web:v2',
};

function claimed(parts: Partial<Offer> = {}): Offer {
  const claim = { by: ALICE, at: START, planHash: 'h', choice: undefined, rule: 'shop may', viewId: 'V1' };
  return offerOf(START, { cluster: 'prod', remedyId: 'refresh-pull-secret', state: 'applying', claim, ...parts });
}

/** What the refresh says, once this has waited so many seconds. */
async function answering(seconds: number, outcome: 'refreshed' | 'failed' | 'not-due' | undefined, why?: string) {
  const stage = await openRemedyStage();
  let waited = 0;
  const pause = async (): Promise<void> => {
    waited += 1;
    stage.looks.advance(1);
    if (waited !== seconds || outcome === undefined) return;
    await stage.deps.store.noteRepairResults([
      {
        cluster: 'prod',
        namespace: 'shop',
        name: 'ecr-creds',
        finishedAt: stage.looks.now(),
        outcome,
        reason: undefined,
        why,
        expiresAt: stage.looks.now() + 43_200_000,
      } as never,
    ]);
  };
  return { stage, deps: { ...stage.deps, pause }, waited: () => waited };
}

describe('a refresh of a pull secret', () => {
  it('asks the one engine for this very secret, and hands on its answer', async () => {
    const { stage, deps, waited } = await answering(3, 'refreshed');
    expect(await applyChange(REFRESH, claimed(), deps)).toEqual({ kind: 'done', at: START + 3_000 });
    expect(stage.refreshes).toEqual([
      {
        kind: 'refresh',
        cluster: 'prod',
        namespaces: ['shop'],
        secrets: ['ecr-creds'],
        reason: 'button',
        isForced: true,
        image: REFRESH.image,
      },
    ]);
    expect(waited()).toBe(3);
  });

  it('says why it failed', async () => {
    const { deps } = await answering(1, 'failed', 'AssumeRole of role/pull is denied');
    expect(await applyChange(REFRESH, claimed(), deps)).toEqual({
      kind: 'refused',
      why: 'AssumeRole of role/pull is denied',
    });
  });

  it('waits 20 s at most, and says that there is no answer yet', async () => {
    const { deps, waited } = await answering(99, undefined);
    expect(await applyChange(REFRESH, claimed(), deps)).toMatchObject({ kind: 'done', isUnanswered: true });
    expect(waited()).toBe(20);
  });

  it('that a worker before it asked for is not asked for twice', async () => {
    const { stage, deps } = await answering(25, 'refreshed');
    await applyChange(REFRESH, claimed(), deps);
    expect(await applyChange(REFRESH, claimed(), deps)).toMatchObject({ kind: 'done' });
    expect(stage.refreshes).toHaveLength(1);
  });

  it('does not take the answer of an earlier one for its own', async () => {
    const { stage, deps } = await answering(2, 'refreshed');
    await applyChange(REFRESH, claimed(), deps);
    stage.looks.advance(60);
    const again = claimed();
    const later = { ...again, claim: { ...(again.claim as NonNullable<Offer['claim']>), at: stage.looks.now() } };
    expect(await applyChange(REFRESH, later, deps)).toMatchObject({ isUnanswered: true });
    expect(stage.refreshes).toHaveLength(2);
  });

  it('is refused where nothing refreshes', async () => {
    const { deps } = await answering(1, undefined);
    expect(await applyChange(REFRESH, claimed(), { ...deps, refreshQueue: undefined })).toMatchObject({
      kind: 'refused',
    });
  });
});

describe('who is named on what was changed', () => {
  it.each<[Partial<Offer>, string]>([
    [{ remedyId: 'roll-back' }, 'alice (U1) roll-back'],
    [
      { remedyId: 'retry-now', claim: { ...(claimed().claim as never as object), by: 'policy' } as never },
      'policy shop may retry-now',
    ],
  ])('%j', (parts, words) => {
    expect(changedBy(claimed(parts))).toBe(words);
  });
});

describe('a silence', () => {
  const silenced: string[] = [];
  const change: Change = { kind: 'silence-alerts', alertmanager: 'https://am', matchers: [], minutes: 60 };
  const silence = async (stage: RemedyStage, step: number) =>
    applyChange(change, claimed({ step }), {
      ...stage.deps,
      silencer: {
        ...stage.deps.silencer,
        silence: async (_, { id }) => {
          silenced.push(id);
          return { kind: 'done', at: START, id: 's' };
        },
      },
    });

  it('has an id of its own for each step, the same for a second try of it', async () => {
    const stage = await openRemedyStage();
    for (const step of [0, 0, 1]) await silence(stage, step);
    expect(silenced).toEqual(['offer-1/0', 'offer-1/0', 'offer-1/1']);
  });
});
