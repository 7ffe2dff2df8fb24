import type { PolicyRule } from '../../shared/config/policy.ts';
import type { Actor } from '../../shared/domain/remedy/actor.ts';
import type { AuditEntry, Feedback } from '../../shared/domain/remedy/audit.ts';
import { newOffer } from '../../shared/domain/remedy/new-offer.ts';
import type { Offer } from '../../shared/domain/remedy/offer.ts';

export const ALICE: Actor = { teamId: 'T1', userId: 'U1', name: 'alice' };
export const BOB: Actor = { teamId: 'T1', userId: 'U2', name: 'bob' };

export function offerOf(at: number, parts: Partial<Offer> = {}): Offer {
  const blank = newOffer({
    id: 'offer-1',
    incidentId: 'incident-1',
    cluster: 'prod-eu',
    remedyId: 'roll-back',
    namespaces: undefined,
    channel: 'C1',
    undoes: undefined,
    offeredAt: at,
  });
  return { ...blank, ...parts };
}

/** A rule that matches everything and names nobody. */
export function ruleOf(parts: Partial<PolicyRule> = {}): PolicyRule {
  return {
    name: 'rule',
    remedies: undefined,
    mode: 'ask',
    clusters: undefined,
    namespaces: undefined,
    users: [],
    userGroups: [],
    channels: [],
    allowsGuests: false,
    maxPods: 20,
    typedName: 'dangerous',
    ...parts,
  };
}

export function auditOf(at: number, parts: Partial<AuditEntry> = {}): AuditEntry {
  return {
    offerId: 'offer-1',
    incidentId: 'incident-1',
    cluster: 'prod-eu',
    remedyId: 'roll-back',
    by: ALICE,
    rule: 'shop may',
    at,
    endedAt: at + 1_000,
    outcome: 'applied',
    why: undefined,
    changes: [],
    ...parts,
  };
}

export function feedbackOf(at: number, parts: Partial<Feedback> = {}): Feedback {
  return {
    incidentId: 'incident-1',
    cluster: 'prod-eu',
    at,
    by: ALICE,
    causeId: 'tag-missing',
    detail: undefined,
    confidence: 'certain',
    about: 'prod-eu shop/checkout rollout stuck: tag v2 does not exist',
    words: 'the tag is there',
    ...parts,
  };
}

/** For what asks after confirmed remedies, where there are none. */
export const NO_REMEDIES = {
  remedies: { stuckOffers: async () => [] },
  remedyQueue: { send: async () => {}, sendAll: async () => {} },
};
