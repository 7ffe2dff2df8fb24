import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { viewIncident } from '../../shared/chat/incident-view.ts';
import { type DecidedOffers, decideOffers } from '../../shared/chat/offers.ts';
import { type Audience, routeIncident } from '../../shared/chat/route.ts';
import type { Config } from '../../shared/config/config.ts';
import type { PolicyRule } from '../../shared/config/policy.ts';
import type { Incident, Member } from '../../shared/domain/incident.ts';
import { OFFER_LIFE_MS } from '../../shared/domain/remedy/offer.ts';
import { offerId } from '../../shared/domain/remedy/offer-id.ts';
import type { Proposal } from '../../shared/domain/remedy/proposal.ts';
import { ruleOf } from '../support/remedy-builders.ts';
import { MINUTE, NOW, sampleConfig, sampleIncident, sampleMember } from '../support/sample-incident.ts';
import { aRun } from '../support/sample-run.ts';

const DAY = 24 * 60 * MINUTE;

const rule = (change: Partial<PolicyRule> = {}) => ruleOf({ name: 'all', users: ['U0ALICE'], ...change });

function policy(...rules: readonly PolicyRule[]): Config['policy'] {
  return { mode: 'by-rule', rules, argoCdManualSync: [] };
}

function proposal(remedyId: Proposal['remedyId'], change: Partial<Proposal> = {}): Proposal {
  return { remedyId, label: remedyId, danger: 'careful', choices: [], rank: 30, ...change };
}

const BACK = proposal('roll-back', { label: 'Roll back to v1.2.2' });
const USE = proposal('correct-image', { label: 'Use v1.2.3', rank: 40 });
const RETRY = proposal('retry-now', { label: 'Retry now', danger: 'safe', rank: 60 });
const AM = { url: 'http://am:9093', auth: undefined, clusters: undefined, generatorUrl: undefined };
const FIRING = { name: 'A', status: 'firing', startsAt: NOW, fingerprint: 'f', labels: { namespace: 'shop' } } as const;

function decide(
  proposals: readonly Proposal[] | readonly Member[],
  change: Partial<Incident> = {},
  options: { readonly config?: Partial<Config>; readonly audience?: Partial<Audience>; readonly now?: number } = {},
): DecidedOffers {
  const { now = NOW } = options;
  const config = sampleConfig({ policy: policy(rule()), ...options.config });
  const members = proposals.map((one) => ('key' in one ? one : undefined)).filter((one) => one !== undefined);
  const own = members.length > 0 ? members : [sampleMember({ proposals: proposals as readonly Proposal[] })];
  const loaded = sampleIncident(own, change);
  const [audience] = routeIncident(loaded, config);
  if (audience === undefined) throw new Error('nobody hears of it');
  return decideOffers(viewIncident(loaded, { ...audience, ...options.audience }, config, now), config, now);
}

const idsOf = ({ buttons }: DecidedOffers) => buttons.acting.map(({ remedyId }) => remedyId);

describe('decideOffers', () => {
  it('offers what fits, the best first, the safer of two equal ones before the other', () => {
    const attach = proposal('attach-pull-secret', { danger: 'safe' });
    expect(idsOf(decide([USE, BACK, RETRY, attach]))).toEqual([
      'attach-pull-secret',
      'roll-back',
      'correct-image',
      'retry-now',
    ]);
  });

  it('each offer is what its button says, and nothing else', () => {
    const { offers, buttons } = decide([BACK]);
    expect(offers).toEqual([
      expect.objectContaining({
        id: buttons.acting[0]?.offerId,
        incidentId: 'inc-1',
        cluster: 'prod-eu',
        remedyId: 'roll-back',
        namespaces: undefined,
        channel: 'C0PLATFORM',
        state: 'offered',
        expiresAt: NOW + OFFER_LIFE_MS,
      }),
    ]);
  });

  it.each<{ what: string; config: Partial<Config>; lack: string }>([
    { what: 'no rule', config: { policy: policy() }, lack: 'no-rule' },
    { what: 'a rule that names nobody', config: { policy: policy(rule({ users: [] })) }, lack: 'no-rule' },
    {
      what: 'a rule for another namespace',
      config: { policy: policy(rule({ namespaces: ['pay'] })) },
      lack: 'no-rule',
    },
    { what: 'a rule that advises', config: { policy: policy(rule({ mode: 'advise' }), rule()) }, lack: 'no-rule' },
    { what: 'the switch', config: { policy: { ...policy(rule()), mode: 'advise' } }, lack: 'advise-only' },
  ])('$what: no button, and why', ({ config, lack }) => {
    const { offers, buttons } = decide([BACK, RETRY], {}, { config });
    expect(offers).toEqual([]);
    expect(buttons).toMatchObject({ acting: [], lack });
  });

  it('says nothing of the policy where nothing would fit, or one is allowed', () => {
    expect(decide([], {}, { config: { policy: policy() } }).buttons.lack).toBeUndefined();
    const some = { policy: policy(rule({ remedies: ['retry-now'] })) };
    expect(decide([BACK, RETRY], {}, { config: some }).buttons).toMatchObject({
      lack: undefined,
      acting: [{ remedyId: 'retry-now' }],
    });
  });

  it('merges what fits several workloads into one button', () => {
    const members = ['a', 'b', 'c'].map((workloadName) => sampleMember({ workloadName, proposals: [BACK] }));
    expect(decide(members).buttons.acting.map(({ label }) => label)).toEqual(['Roll back to v1.2.2 (3 workloads)']);
    const other = [members[0], { ...members[1], proposals: [{ ...BACK, label: 'Roll back to v9' }] }] as Member[];
    expect(decide(other).buttons.acting.map(({ label }) => label)).toEqual(['Roll back to v1.2.2 +1 more']);
  });

  it('containers of one workload are one', () => {
    const members = ['app', 'side'].map((container) =>
      sampleMember({ container, key: `shop/Deployment/checkout/${container}`, proposals: [BACK] }),
    );
    expect(decide(members).buttons.acting[0]?.label).toBe('Roll back to v1.2.2');
  });

  it('is as dangerous as the most dangerous of them', () => {
    const members = (['safe', 'dangerous'] as const).map((danger) =>
      sampleMember({ workloadName: danger, proposals: [{ ...BACK, danger }] }),
    );
    expect(decide(members).buttons.acting[0]?.danger).toBe('dangerous');
  });

  it('what Git writes gets no acting button, and the change for Git', () => {
    const { buttons } = decide([{ ...BACK, gitFix: 'image: v1.2.2' }, RETRY]);
    expect(buttons).toMatchObject({ hasGitFix: true, acting: [{ remedyId: 'retry-now' }] });
  });

  it('a team gets only what is its own, and offers of its own', () => {
    const members = ['shop', 'pay'].map((namespace) => sampleMember({ namespace, proposals: [BACK] }));
    const team = decide(members, {}, { audience: { channel: '#payments', namespaces: ['pay'] } });
    expect(team.buttons.acting.map(({ label }) => label)).toEqual(['Roll back to v1.2.2']);
    expect(team.offers).toMatchObject([{ namespaces: ['pay'], channel: '#payments' }]);
    expect(team.offers[0]?.id).not.toBe(decide(members).offers[0]?.id);
  });

  it.each(['applying', 'applied'] as const)('a remedy that is %s is not offered, others are', (state) => {
    expect(idsOf(decide([BACK, RETRY], { runs: [aRun({ state })] }))).toEqual(['retry-now']);
  });

  it.each(['no-help', 'put-back'] as const)('what ended in %s comes last, under a new id', (state) => {
    const before = decide([BACK, USE]);
    const after = decide([BACK, USE], { runs: [aRun({ state, isUndoable: false })] });
    expect(idsOf(after)).toEqual(['correct-image', 'roll-back']);
    expect(after.buttons.acting[1]?.offerId).not.toBe(before.buttons.acting[0]?.offerId);
    expect(after.buttons.acting[0]?.offerId).toBe(before.buttons.acting[1]?.offerId);
  });

  it('six forgotten uses later its ids are still new ones', () => {
    const seen = new Set<string | undefined>();
    for (let n = 0; n < 20; n += 1) {
      const runs = Array.from({ length: Math.min(n, 6) }, (_, k) =>
        aRun({ offerId: `offer-${n - k}`, state: 'no-help', isUndoable: false }),
      ).reverse();
      seen.add(decide([BACK], { runs }).offers[0]?.id);
    }
    expect(seen.size).toBe(20);
  });

  it.each<{ what: string; run: Parameters<typeof aRun>[0]; isOffered: boolean }>([
    { what: 'applied', run: {}, isOffered: true },
    { what: 'proven', run: { state: 'verified' }, isOffered: true },
    { what: 'no help', run: { state: 'no-help' }, isOffered: true },
    { what: 'put back', run: { state: 'put-back' }, isOffered: false },
    { what: 'being applied', run: { state: 'applying' }, isOffered: false },
    { what: 'without an inverse', run: { isUndoable: false }, isOffered: false },
    { what: 'itself an undo', run: { remedyId: 'undo' }, isOffered: false },
  ])('undo of what is $what: $isOffered', ({ run, isOffered }) => {
    const { buttons, offers } = decide([RETRY], { runs: [aRun(run)] });
    expect(buttons.undo !== undefined).toBe(isOffered);
    if (isOffered) expect(offers.find(({ remedyId }) => remedyId === 'undo')?.undoes).toBe('offer-1');
  });

  it('undo stays after the end, and is the only one then', () => {
    const over = [sampleMember({ state: 'running', proposals: [BACK] })];
    const ended = decide(over, {
      state: 'recovered',
      endedAt: NOW,
      runs: [aRun({ state: 'verified' })],
      alerts: [FIRING],
    });
    expect(ended.offers.map(({ remedyId }) => remedyId)).toEqual(['undo']);
  });

  it.each([
    { what: 'a firing alert', alerts: [FIRING], alertmanagers: [AM], isOffered: true },
    {
      what: 'an alert that is over',
      alerts: [{ ...FIRING, status: 'resolved' as const }],
      alertmanagers: [AM],
      isOffered: false,
    },
    { what: 'no alert', alerts: [], alertmanagers: [AM], isOffered: false },
    { what: 'no Alertmanager', alerts: [FIRING], alertmanagers: [], isOffered: false },
    {
      what: 'one of another cluster',
      alerts: [FIRING],
      alertmanagers: [{ ...AM, clusters: ['dev'] }],
      isOffered: false,
    },
  ])('silence with $what: $isOffered', ({ alerts, alertmanagers, isOffered }) => {
    expect(decide([BACK], { alerts }, { config: { alertmanagers } }).buttons.silence !== undefined).toBe(isOffered);
  });

  it('no button outlives its offer: it is made anew a day before', () => {
    const ids = new Map<string, number>();
    for (let hours = 0; hours < 40 * 24; hours += 7) {
      const now = NOW + hours * 60 * MINUTE;
      const { offers, renewAt } = decide([BACK], { openedAt: NOW }, { now });
      const [offer] = offers;
      if (offer === undefined) throw new Error('no offer');
      const firstOffered = ids.get(offer.id) ?? now;
      ids.set(offer.id, firstOffered);
      expect(renewAt).toBeLessThan(firstOffered + OFFER_LIFE_MS);
      expect(renewAt).toBeGreaterThan(now);
    }
    expect(ids.size).toBe(Math.ceil((40 * DAY) / (6 * DAY)));
  });
});

describe('after the end', () => {
  const over = [sampleMember({ state: 'running', proposals: [BACK] })];
  const ended = { state: 'recovered', endedAt: NOW, openedAt: NOW - DAY, runs: [aRun({ state: 'verified' })] } as const;

  it.each([
    { days: 0, renewInDays: 5 },
    { days: 5, renewInDays: 2 },
    { days: 6.9, renewInDays: 0.1 },
    { days: 7, renewInDays: undefined },
    { days: 400, renewInDays: undefined },
  ])('$days days later undo is made anew in $renewInDays days', ({ days, renewInDays }) => {
    const now = NOW + days * DAY;
    const { offers, renewAt } = decide(over, ended, { now });
    expect(offers.map(({ remedyId }) => remedyId)).toEqual(renewInDays === undefined ? [] : ['undo']);
    if (renewInDays === undefined) expect(renewAt).toBeUndefined();
    else expect(renewAt).toBeCloseTo(now + renewInDays * DAY, -2);
  });
});

describe('an incident of one team that grows to another', () => {
  it('leaves the button that stands with the team what it was good for', () => {
    const own = sampleMember({ namespace: 'ml', proposals: [BACK] });
    const before = decide([own]).offers;
    expect(before).toMatchObject([{ channel: 'C0MLTEAM1', namespaces: ['ml'] }]);
    const after = decide([own, sampleMember({ namespace: 'pay', proposals: [BACK] })]).offers;
    expect(after).toEqual(before);
  });

  it('is another button once the team itself has more of it', () => {
    const own = sampleMember({ namespace: 'ml', proposals: [BACK] });
    const more = sampleMember({ namespace: 'ml-batch', proposals: [BACK] });
    expect(decide([own, more]).offers[0]).toMatchObject({ namespaces: ['ml', 'ml-batch'] });
    expect(decide([own, more]).offers[0]?.id).not.toBe(decide([own]).offers[0]?.id);
  });
});

describe('offerId', () => {
  const identity = {
    incidentId: 'i',
    channel: 'c',
    namespaces: undefined,
    remedyId: 'roll-back',
    undoes: undefined,
    round: '',
    epoch: 0,
  } as const;

  it('is 22 characters that say nothing, and always the same ones', () => {
    expect(offerId(identity)).toMatch(/^[\w-]{22}$/);
    expect(offerId({ ...identity })).toBe(offerId(identity));
  });

  it('no two identities share one, however their parts are cut', () => {
    const any = fc.record({
      incidentId: fc.string(),
      channel: fc.string(),
      namespaces: fc.option(fc.array(fc.string()), { nil: undefined }),
      remedyId: fc.constantFrom('roll-back', 'undo'),
      undoes: fc.option(fc.string(), { nil: undefined }),
      round: fc.string(),
      epoch: fc.nat(9),
    });
    fc.assert(
      fc.property(any, any, (a, b) => {
        const isSame = JSON.stringify(Object.values(a)) === JSON.stringify(Object.values(b));
        expect(offerId(a as typeof identity) === offerId(b as typeof identity)).toBe(isSame);
      }),
    );
  });
});
