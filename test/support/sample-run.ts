import type { RemedyRun } from '../../shared/domain/remedy/run.ts';
import { NOW } from './sample-incident.ts';

/** Alice rolled `shop/checkout` back to v1.2.2 ten seconds ago; nothing is proven yet. */
export function aRun(change: Partial<RemedyRun> = {}): RemedyRun {
  return {
    offerId: 'offer-1',
    remedyId: 'roll-back',
    label: 'Roll back to v1.2.2',
    by: { teamId: 'T0TEAM', userId: 'U0ALICE', name: 'alice' },
    rule: 'shop',
    startedAt: NOW - 13_000,
    appliedAt: NOW - 10_000,
    endedAt: undefined,
    state: 'applied',
    did: ['set image of shop/checkout to v1.2.2'],
    why: undefined,
    members: ['shop/Deployment/checkout/app'],
    images: {},
    isUndoable: true,
    ...change,
  };
}
