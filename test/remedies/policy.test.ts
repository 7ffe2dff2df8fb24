import { describe, expect, it } from '@jest/globals';
import { parseConfig } from '../../shared/config/load.ts';
import type { PolicyConfig, PolicyRule } from '../../shared/config/policy.ts';
import { REMEDY_IDS } from '../../shared/domain/remedy/proposal.ts';
import {
  type Asker,
  decideAllowed,
  isAuto,
  isOffered,
  maxPodsOf,
  type PolicyQuestion,
} from '../../shared/remedies/policy.ts';
import { ruleOf } from '../support/remedy-builders.ts';

const SMALLEST = 'clusters: [{ name: prod-eu }]\nslack: { channel: image-pulls }\n';

function rule(change: Partial<PolicyRule> = {}): PolicyRule {
  return ruleOf({ name: 'shop', users: ['UALICE'], ...change });
}

const policyOf = (...rules: readonly PolicyRule[]): PolicyConfig => ({ mode: 'by-rule', rules, argoCdManualSync: [] });
const person = (change: Partial<Exclude<Asker, 'policy'>> = {}): Asker => ({
  userId: 'UALICE',
  channelId: 'COPS',
  groups: new Set<string>(),
  isGuest: false,
  ...change,
});

function ask(rules: readonly PolicyRule[], change: Partial<PolicyQuestion> = {}) {
  return decideAllowed({
    policy: policyOf(...rules),
    remedyId: 'roll-back',
    cluster: 'prod-eu',
    namespaces: ['shop'],
    pods: 3,
    by: person(),
    danger: 'careful',
    ...change,
  });
}

describe('the policy', () => {
  it.each(REMEDY_IDS)('denies %s where no rule is about it', (remedyId) => {
    expect(ask([], { remedyId })).toMatchObject({ kind: 'denied', whoMay: 'nobody' });
  });

  it.each([
    { what: 'a user', change: { users: ['UALICE'] }, by: person() },
    { what: 'a group', change: { users: [], userGroups: ['SOPS'] }, by: person({ groups: new Set(['SOPS']) }) },
    { what: 'a channel', change: { users: [], channels: ['COPS'] }, by: person({ userId: 'UBOB' }) },
    { what: 'a guest where guests may', change: { allowsGuests: true }, by: person({ isGuest: true }) },
    { what: 'a namespace by glob', change: { namespaces: ['sh*'] }, by: person() },
    { what: 'a cluster by glob', change: { clusters: ['prod-*'] }, by: person() },
    { what: 'its pods at the limit', change: { maxPods: 3 }, by: person() },
  ])('allows $what', ({ change, by }) => {
    expect(ask([rule(change)], { by })).toEqual({ kind: 'allowed', rule: 'shop', mode: 'ask', needsTypedName: false });
  });

  it.each([
    { what: 'another user', change: {}, by: person({ userId: 'UBOB' }), why: /you are not among those who may/ },
    { what: 'a guest', change: {}, by: person({ isGuest: true }), why: /guests of the workspace may not/ },
    { what: 'one pod too many', change: { maxPods: 2 }, by: person(), why: /would restart 3 pods, 2 are allowed/ },
    { what: 'a rule that names nobody', change: { users: [] }, by: person(), why: /it names nobody who may/ },
    { what: 'advice', change: { mode: 'advise' as const }, by: person(), why: /its mode is advise/ },
    { what: 'itself where a person must', change: {}, by: 'policy' as const, why: /a person must confirm it/ },
    {
      what: 'another namespace',
      change: { namespaces: ['sho'] },
      by: person(),
      why: /^no rule of the policy is about/,
    },
    { what: 'another cluster', change: { clusters: ['dev'] }, by: person(), why: /^no rule of the policy is about/ },
    { what: 'another remedy', change: { remedies: ['retry-now' as const] }, by: person(), why: /^no rule/ },
  ])('denies $what', ({ change, by, why }) => {
    const answer = ask([rule(change)], { by });
    expect(answer.kind === 'denied' ? answer.why : answer).toMatch(why);
  });

  it('goes by the first rule that matches, not by one that would allow it', () => {
    const rules = [rule({ name: 'first', users: ['UBOB'] }), rule({ name: 'second' })];
    expect(ask(rules)).toMatchObject({ kind: 'denied', whoMay: 'UBOB', may: { users: ['UBOB'] } });
    expect(ask([...rules].reverse())).toMatchObject({ kind: 'allowed', rule: 'second' });
  });

  it('must allow every namespace', () => {
    const rules = [rule({ namespaces: ['shop'] }), rule({ name: 'ml', namespaces: ['ml'], users: ['UBOB'] })];
    expect(ask(rules, { namespaces: ['shop', 'ml'] })).toMatchObject({ kind: 'denied', whoMay: 'UBOB' });
    expect(ask(rules, { namespaces: [] })).toMatchObject({ kind: 'denied' });
    const both = [rule({ namespaces: ['shop'] }), rule({ name: 'ml', namespaces: ['ml'] })];
    expect(ask(both, { namespaces: ['shop', 'ml'] })).toMatchObject({ kind: 'allowed', rule: 'shop, ml' });
  });

  it('is off at once with mode advise', () => {
    const policy = { ...policyOf(rule()), mode: 'advise' as const };
    expect(ask([], { policy })).toMatchObject({ kind: 'denied', howTo: 'policy:\n  mode: by-rule' });
    expect(isOffered(policy, 'roll-back', 'prod-eu', ['shop'])).toBe(false);
    expect(isAuto({ ...policy, rules: [rule({ mode: 'auto' })] }, 'retry-now', 'prod-eu', ['shop'])).toBe(false);
  });

  it.each([
    { typedName: 'never', danger: 'dangerous', needs: false },
    { typedName: 'dangerous', danger: 'careful', needs: false },
    { typedName: 'dangerous', danger: 'dangerous', needs: true },
    { typedName: 'dangerous', danger: undefined, needs: true },
    { typedName: 'always', danger: 'safe', needs: true },
  ] as const)('asks for the typed name $typedName, $danger: $needs', ({ typedName, danger, needs }) => {
    expect(ask([rule({ typedName })], { danger })).toMatchObject({ needsTypedName: needs });
  });

  it.each([
    { mode: 'ask', users: ['U1'], offered: true, auto: false },
    { mode: 'ask', users: [], offered: false, auto: false },
    { mode: 'auto', users: [], offered: false, auto: true },
    { mode: 'auto', users: ['U1'], offered: true, auto: true },
    { mode: 'advise', users: ['U1'], offered: false, auto: false },
  ] as const)('of mode $mode for $users: offered $offered, by itself $auto', ({ mode, users, offered, auto }) => {
    const policy = policyOf(rule({ mode, users }));
    expect(isOffered(policy, 'retry-now', 'prod-eu', ['shop'])).toBe(offered);
    expect(isAuto(policy, 'retry-now', 'prod-eu', ['shop'])).toBe(auto);
  });

  it('limits the pods by the strictest rule that takes part', () => {
    const policy = policyOf(rule({ namespaces: ['shop'], maxPods: 5 }), rule({ namespaces: ['ml'], maxPods: 2 }));
    expect(maxPodsOf(policy, 'retry-now', 'prod-eu', ['shop'])).toBe(5);
    expect(maxPodsOf(policy, 'retry-now', 'prod-eu', ['shop', 'ml'])).toBe(2);
    expect(maxPodsOf(policy, 'retry-now', 'prod-eu', ['other'])).toBeUndefined();
  });

  it('says the yaml that would allow it, and that yaml does', () => {
    const asked = {
      namespaces: ['shop', '1st'],
      by: person({ userId: 'U0123ABCD', channelId: 'C0123ABCD' }),
      pods: 30,
    };
    const rules = [rule({ name: 'no: one', users: ['UBOB'] })];
    const answer = ask(rules, asked);
    if (answer.kind !== 'denied') throw new Error('allowed');
    expect(answer.howTo).toBe(
      [
        'policy:',
        '  rules:',
        '    # above rule "no: one": the first that matches decides',
        '    - remedies: [roll-back]',
        '      clusters: [prod-eu]',
        '      namespaces: [shop, "1st"]',
        '      users: [U0123ABCD]',
        '      # or: channels: [C0123ABCD]',
        '      maxPods: 30',
      ].join('\n'),
    );
    const config = parseConfig(`${SMALLEST}${answer.howTo}\n`, 'pullmedic.yaml');
    expect(ask([], { ...asked, policy: config.policy })).toMatchObject({ kind: 'allowed' });
  });
});
