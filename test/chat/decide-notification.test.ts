import { describe, expect, it } from '@jest/globals';
import { decideNotification, type NotificationDecision, withinBudget } from '../../shared/chat/decide-notification.ts';
import { viewIncident } from '../../shared/chat/incident-view.ts';
import { routeIncident } from '../../shared/chat/route.ts';
import type { Config } from '../../shared/config/config.ts';
import type { Finding } from '../../shared/domain/finding.ts';
import type { Dot, Incident, Member, Publication } from '../../shared/domain/incident.ts';
import type { RemedyRun } from '../../shared/domain/remedy/run.ts';
import {
  MINUTE,
  NOW,
  rateLimited,
  sampleConfig,
  sampleIncident,
  sampleMember,
  samplePublication,
  sampleRollout,
  secretExpired,
  tagMissing,
} from '../support/sample-incident.ts';
import { aRun } from '../support/sample-run.ts';

function decide(
  member: Member,
  change: Partial<Incident> = {},
  options: {
    readonly publication?: Publication;
    readonly contentHash?: string;
    readonly config?: Config;
    readonly now?: number;
  } = {},
): NotificationDecision {
  const config = options.config ?? sampleConfig();
  const loaded = sampleIncident([member], change);
  const [audience] = routeIncident(loaded, config);
  if (audience === undefined) throw new Error('nobody hears of it');
  const now = options.now ?? NOW;
  return decideNotification({
    view: viewIncident(loaded, audience, config, now),
    publication: options.publication,
    contentHash: options.contentHash ?? 'new.new',
    limits: config.limits,
    now,
  });
}

/** Failing for so many seconds. */
function failingFor(seconds: number, finding: Finding, change: Partial<Member> = {}): Member {
  return sampleMember({ firstFailedAt: NOW - seconds * 1_000, findings: [finding], ...change });
}

const noneServes = { rollout: sampleRollout({ available: 0, oldAvailable: 0 }) };
const neverServed = {
  rollout: sampleRollout({
    available: 0,
    oldAvailable: 0,
    revision: '1',
    previousImage: undefined,
    revisionCreatedAt: NOW - 5 * MINUTE,
  }),
};

describe('the grace before the first post', () => {
  it.each([
    { from: 'alert', cause: 'cannot heal', finding: secretExpired(), seconds: 0, kind: 'post' },
    { from: 'alert', cause: 'may be pushed', finding: tagMissing(), seconds: 0, kind: 'post' },
    { from: 'alert', cause: 'may heal', finding: rateLimited(), seconds: 299, kind: 'wait' },
    { from: 'alert', cause: 'may heal', finding: rateLimited(), seconds: 300, kind: 'post' },
    { from: 'sweep', cause: 'cannot heal', finding: secretExpired(), seconds: 59, kind: 'wait' },
    { from: 'sweep', cause: 'cannot heal', finding: secretExpired(), seconds: 60, kind: 'post' },
    { from: 'sweep', cause: 'may be pushed', finding: tagMissing(), seconds: 179, kind: 'wait' },
    { from: 'sweep', cause: 'may be pushed', finding: tagMissing(), seconds: 180, kind: 'post' },
    { from: 'sweep', cause: 'may heal', finding: rateLimited(), seconds: 299, kind: 'wait' },
    { from: 'sweep', cause: 'may heal', finding: rateLimited(), seconds: 300, kind: 'post' },
  ] as const)('$from, $cause, $seconds s after the first failed pull: $kind', ({ from, finding, seconds, kind }) => {
    expect(decide(failingFor(seconds, finding), { from }).kind).toBe(kind);
  });

  it.each([
    { scale: 1, seconds: 60, kind: 'post' },
    { scale: 0.1, seconds: 6, kind: 'post' },
    { scale: 0.1, seconds: 5.9, kind: 'wait' },
    { scale: 2, seconds: 119, kind: 'wait' },
  ])('is multiplied by the time scale: $scale × 60 s after $seconds s: $kind', ({ scale, seconds, kind }) => {
    const config = sampleConfig({ limits: { timeScale: scale, buzzesPerHour: 6, countEditSeconds: 30 } });
    expect(decide(failingFor(seconds, secretExpired()), { from: 'sweep' }, { config }).kind).toBe(kind);
  });

  it.each([
    { tries: 2, seconds: 301, kind: 'wait' },
    { tries: 3, seconds: 301, kind: 'post' },
    { tries: 2, seconds: 599, kind: 'wait' },
    { tries: 0, seconds: 600, kind: 'post' },
  ])('what may heal needs three failed tries, but events expire: $tries tries, $seconds s: $kind', (row) => {
    expect(decide(failingFor(row.seconds, rateLimited(), { tries: row.tries })).kind).toBe(row.kind);
  });

  it('says until when it waits', () => {
    expect(decide(failingFor(10, secretExpired()), { from: 'sweep' })).toMatchObject({
      kind: 'wait',
      until: NOW + 50_000,
    });
  });

  it('posts at once when nobody serves where something served before, even what may heal', () => {
    expect(decide(failingFor(1, rateLimited(), noneServes), { from: 'sweep' }).kind).toBe('post');
  });

  it('waits when nobody serves and nobody ever did', () => {
    expect(decide(failingFor(1, rateLimited(), neverServed), { from: 'sweep' }).kind).toBe('wait');
  });

  it('gives five minutes more when every failing pod is on a node that is new', () => {
    const seconds = 61;
    const pod = (nodeCreatedAt: number) => ({ name: 'p', node: 'n', since: undefined, nodeCreatedAt });
    const young = failingFor(seconds, secretExpired(), { pods: [pod(NOW - 3 * MINUTE)] });
    const mixed = { ...young, pods: [pod(NOW - 3 * MINUTE), pod(NOW - 60 * MINUTE)] };
    expect(decide(young, { from: 'sweep' }).kind).toBe('wait');
    expect(decide(mixed, { from: 'sweep' }).kind).toBe('post');
    expect(decide(young, { from: 'sweep' }, { now: NOW + 5 * MINUTE }).kind).toBe('post');
  });

  it('takes an alert that joined later for the grace of what the sweep found', () => {
    const alert = { name: 'A', status: 'firing', startsAt: NOW, fingerprint: undefined, labels: {} } as const;
    expect(decide(failingFor(1, secretExpired()), { from: 'sweep', alerts: [alert] }).kind).toBe('post');
    const over = { ...alert, status: 'resolved' } as const;
    expect(decide(failingFor(1, secretExpired()), { from: 'sweep', alerts: [over] }).kind).toBe('wait');
  });

  it('honours mute-until for what the sweep found, not for an alert', () => {
    const routing = { channel: undefined, oncall: undefined, runbook: undefined, muteUntil: NOW + 60 * MINUTE };
    const muted = failingFor(600, secretExpired(), { routing });
    expect(decide(muted, { from: 'sweep' })).toMatchObject({ kind: 'wait', until: NOW + 60 * MINUTE });
    expect(decide(muted, { from: 'alert' }).kind).toBe('post');
  });

  it('puts what is not prod into the digest, unless its route posts', () => {
    const dev = { cluster: 'dev' } as const;
    expect(decide(failingFor(600, secretExpired()), dev)).toMatchObject({ kind: 'post', into: 'digest' });
    const config = sampleConfig();
    const rules = [
      {
        namespaces: ['*'],
        clusters: ['dev'],
        channel: undefined,
        oncall: undefined,
        runbook: undefined,
        environment: undefined,
        posts: true,
      },
    ];
    const posting = sampleConfig({ routes: { ...config.routes, rules } });
    expect(decide(failingFor(600, secretExpired()), dev, { config: posting })).toMatchObject({ into: 'channel' });
  });

  it('says nothing of what healed before anything was posted', () => {
    const healed = sampleMember({ state: 'running', failingPods: 0, runningPods: 3 });
    expect(decide(healed, { state: 'recovered', endedAt: NOW }).kind).toBe('nothing');
  });
});

describe('a message that stands already', () => {
  it.each<{ was: Dot; member: Member; state: Incident['state']; kind: string; why: string | undefined }>([
    { was: 'orange', member: sampleMember(noneServes), state: 'open', kind: 'broadcast', why: 'worse' },
    { was: 'red', member: sampleMember(noneServes), state: 'open', kind: 'edit', why: undefined },
    { was: 'red', member: sampleMember(), state: 'open', kind: 'edit', why: undefined },
    { was: 'green', member: sampleMember(), state: 'open', kind: 'broadcast', why: 'reopened' },
    { was: 'green', member: sampleMember({ workloadKind: 'CronJob' }), state: 'open', kind: 'edit', why: undefined },
    {
      was: 'orange',
      member: sampleMember({ state: 'running' }),
      state: 'recovered',
      kind: 'edit',
      why: undefined,
    },
    { was: 'orange', member: sampleMember({ state: 'running' }), state: 'open', kind: 'edit', why: undefined },
  ])('$was, then $member.workloadKind $member.state ($state): $kind $why', ({ was, member, state, kind, why }) => {
    const decision = decide(member, { state, revision: 2 }, { publication: samplePublication({ dot: was }) });
    expect(decision).toMatchObject(why === undefined ? { kind } : { kind, why });
  });

  it('is left alone when it says the same already', () => {
    const publication = samplePublication({ contentHash: 'a.b' });
    expect(decide(sampleMember(), {}, { publication, contentHash: 'a.b' }).kind).toBe('nothing');
  });

  it('is left alone when something newer stands there', () => {
    const publication = samplePublication({ publishedRevision: 5 });
    expect(decide(sampleMember(), { revision: 4 }, { publication }).kind).toBe('nothing');
  });

  it.each([
    { secondsAgo: 29, hash: 'old.new', kind: 'wait' },
    { secondsAgo: 30, hash: 'old.new', kind: 'edit' },
    { secondsAgo: 1, hash: 'new.new', kind: 'edit' },
  ])('edited $secondsAgo s ago, $hash: $kind', ({ secondsAgo, hash, kind }) => {
    const publication = samplePublication({ editedAt: NOW - secondsAgo * 1_000 });
    expect(decide(sampleMember(), {}, { publication, contentHash: hash }).kind).toBe(kind);
  });

  it.each([
    { minutesAgo: 59, kind: 'edit' },
    { minutesAgo: 60, kind: 'broadcast' },
  ])('a second turn for the worse $minutesAgo min after a broadcast: $kind', ({ minutesAgo, kind }) => {
    const publication = samplePublication({ lastBroadcastAt: NOW - minutesAgo * MINUTE });
    expect(decide(sampleMember(noneServes), {}, { publication }).kind).toBe(kind);
  });

  it('pays a buzz that it owes when the hour is over, and forgets it when things are better', () => {
    const owing = samplePublication({
      dot: 'red',
      owes: 'worse',
      contentHash: 'a.b',
      lastBroadcastAt: NOW - 60 * MINUTE,
    });
    expect(decide(sampleMember(noneServes), {}, { publication: owing, contentHash: 'a.b' }).kind).toBe('broadcast');
    expect(decide(sampleMember(), {}, { publication: owing }).kind).toBe('edit');
    const early = { ...owing, lastBroadcastAt: NOW - 10 * MINUTE };
    expect(decide(sampleMember(noneServes), {}, { publication: early, contentHash: 'a.b' })).toMatchObject({
      kind: 'wait',
      until: NOW + 50 * MINUTE,
    });
  });

  it('never buzzes from the digest', () => {
    const publication = samplePublication({ dot: 'green' });
    expect(decide(sampleMember(), { cluster: 'dev' }, { publication }).kind).toBe('edit');
  });
});

describe('an incident that somebody muted', () => {
  const by = { teamId: 'T0TEAM', userId: 'U0ALICE', name: 'alice' };
  const muted = { muted: { by, at: NOW - MINUTE, until: NOW + 60 * MINUTE } };
  const until = NOW + 60 * MINUTE;

  it.each<{ what: string; was: Dot; hash: string; lastBroadcastAt?: number; expected: object }>([
    { what: 'it got worse', was: 'orange', hash: 'new.new', expected: { kind: 'edit', owes: 'worse', until } },
    { what: 'it fails again', was: 'green', hash: 'new.new', expected: { kind: 'edit', owes: 'reopened', until } },
    { what: 'nothing changed since', was: 'orange', hash: 'old.old', expected: { kind: 'wait', until } },
    { what: 'only the words changed', was: 'red', hash: 'new.new', expected: { kind: 'edit', owes: undefined } },
    {
      what: 'a reply was broadcast a moment ago as well',
      was: 'orange',
      hash: 'new.new',
      lastBroadcastAt: NOW,
      expected: { kind: 'edit', until },
    },
  ])('$what: no reply', ({ was, hash, lastBroadcastAt, expected }) => {
    const publication = samplePublication({ dot: was, contentHash: 'old.old', lastBroadcastAt });
    expect(decide(sampleMember(noneServes), muted, { publication, contentHash: hash })).toMatchObject(expected);
  });

  it('buzzes once when the mute ends, where it is still worse', () => {
    const owing = samplePublication({ dot: 'red', owes: 'worse', contentHash: 'a.b' });
    const at = (now: number, member = sampleMember(noneServes)) =>
      decide(member, muted, { publication: owing, contentHash: 'a.b', now }).kind;
    expect(at(until - 1)).toBe('wait');
    expect(at(until)).toBe('broadcast');
    expect(at(until, sampleMember())).not.toBe('broadcast');
  });

  it('is told nowhere else meanwhile', () => {
    expect(decide(sampleMember(noneServes), muted)).toMatchObject({ kind: 'wait', until });
    expect(decide(sampleMember(noneServes), muted, { now: until }).kind).toBe('post');
  });

  it('is edited when it is over', () => {
    const over = { ...muted, state: 'recovered', endedAt: NOW } as const;
    const publication = samplePublication({ dot: 'red' });
    expect(decide(sampleMember({ state: 'running' }), over, { publication }).kind).toBe('edit');
  });
});

describe('what a rule let pullmedic do by itself', () => {
  const run = (change: Partial<RemedyRun>) => ({
    runs: [aRun({ remedyId: 'retry-now', by: 'policy', startedAt: NOW - 80_000, appliedAt: NOW - 79_000, ...change })],
  });

  it.each<{ what: string; change: Partial<RemedyRun>; now?: number; kind: string }>([
    { what: 'is being proven', change: {}, kind: 'wait' },
    { what: 'is not proven in time', change: {}, now: NOW + 10_000, kind: 'post' },
    { what: 'did not help', change: { state: 'no-help' }, kind: 'post' },
    { what: 'was done by a person', change: { by: { teamId: 'T', userId: 'U', name: 'a' } }, kind: 'post' },
  ])('$what: $kind', ({ change, now = NOW, kind }) => {
    expect(decide(sampleMember(noneServes), run(change), { now }).kind).toBe(kind);
  });

  it('is one green post once it is proven', () => {
    const healed = sampleMember({ state: 'running', failingPods: 0, runningPods: 3 });
    const over = { state: 'recovered', endedAt: NOW } as const;
    expect(decide(healed, { ...over, ...run({ state: 'verified' }) })).toMatchObject({ kind: 'post' });
    expect(decide(healed, { ...over, ...run({ state: 'no-help' }) }).kind).toBe('nothing');
  });
});

describe('the budget', () => {
  const post = { kind: 'post', into: 'channel', reason: '' } as const;
  const { limits } = sampleConfig();

  it.each([
    { count: 6, into: 'channel' },
    { count: 7, into: 'roll-up' },
  ])('buzz $count of the hour goes into the $into', ({ count, into }) => {
    expect(withinBudget(post, count, limits).into).toBe(into);
  });

  it('does not concern the digest', () => {
    expect(withinBudget({ ...post, into: 'digest' }, 99, limits).into).toBe('digest');
  });
});
