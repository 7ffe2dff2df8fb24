import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decideNotification, type NotificationDecision } from '../../shared/chat/decide-notification.ts';
import { firstLine } from '../../shared/chat/first-line.ts';
import type { IncidentView } from '../../shared/chat/incident-view.ts';
import { renderIncident } from '../../shared/chat/slack/render-incident.ts';
import type { MemberRepair } from '../../shared/domain/incident/secret-repair.ts';
import type { Incident, Member, Publication } from '../../shared/domain/incident.ts';
import { problemsOfMessage } from '../support/first-line.ts';
import {
  aRepair,
  MINUTE,
  NOW,
  sampleConfig,
  sampleMember,
  samplePublication,
  secretExpired,
  tagMissing,
} from '../support/sample-incident.ts';
import { DOWN, view } from '../support/sample-view.ts';

const GREEN = samplePublication({ dot: 'green' });

function failing(repair: Partial<MemberRepair> | undefined, change: Partial<Member> = {}): Member {
  const known = repair && aRepair(repair);
  return sampleMember({ findings: [secretExpired()], firstFailedAt: NOW - 30_000, repair: known, ...change });
}

function running(repair: Partial<MemberRepair> | undefined, change: Partial<Member> = {}): Member {
  return failing(repair, { state: 'running', failingPods: 0, runningPods: 3, ...change });
}

const RECOVERED = { state: 'recovered', firstFailedAt: NOW - 41_000, endedAt: NOW } as const;

function decide(
  members: readonly Member[],
  change: Partial<Incident> = {},
  publication?: Publication,
  now = NOW,
): NotificationDecision {
  const { limits } = sampleConfig();
  return decideNotification({ view: view(members, change, {}, now), publication, contentHash: 'new.new', limits, now });
}

describe('while a secret is being repaired', () => {
  it.each([
    { what: 'asked 89 s ago', repair: { state: 'asked', askedAt: NOW - 89_000 }, kind: 'wait' },
    { what: 'asked 90 s ago', repair: { state: 'asked', askedAt: NOW - 90_000 }, kind: 'post' },
    { what: 'written', repair: { state: 'written', askedAt: NOW - 60_000 }, kind: 'wait' },
    { what: 'written and not proven in time', repair: { state: 'written', askedAt: NOW - 90_000 }, kind: 'post' },
    { what: 'fresh already', repair: { state: 'fresh', askedAt: NOW - 60_000 }, kind: 'wait' },
    { what: 'failed', repair: { state: 'failed', askedAt: NOW - 5_000, reason: 'forbidden' }, kind: 'post' },
    { what: 'put back', repair: { state: 'held-back', askedAt: NOW - 60_000, revertedBy: 'x' }, kind: 'post' },
    { what: 'not repaired', repair: undefined, kind: 'post' },
  ] as const)('$what: the first post: $kind, for an alert, and also where nobody serves', ({ repair, kind }) => {
    expect(decide([failing(repair)], { from: 'alert' }).kind).toBe(kind);
    expect(decide([failing(repair, DOWN)], { from: 'alert' }).kind).toBe(kind);
  });

  it('says until when it waits', () => {
    expect(decide([failing({ askedAt: NOW - 10_000 })])).toMatchObject({ kind: 'wait', until: NOW + 80_000 });
  });

  it('a failed repair is told at once, also where the sweep found it a moment ago', () => {
    const repair = { state: 'failed', reason: 'role-refused', askedAt: NOW - 5_000 } as const;
    const young = { firstFailedAt: NOW - 10_000 };
    expect(decide([failing(repair, young)], { from: 'sweep' }).kind).toBe('post');
    expect(decide([failing(undefined, young)], { from: 'sweep' }).kind).toBe('wait');
  });

  it('what fails beside it without a repair is not held back', () => {
    const other = failing(undefined, { namespace: 'pay', ...DOWN });
    expect(decide([failing({ askedAt: NOW - 10_000 }), other]).kind).toBe('post');
  });

  it('a message that stands there as over does not buzz before the next repair is proven or late', () => {
    expect(decide([failing({ askedAt: NOW - 10_000 })], {}, GREEN).kind).toBe('wait');
    expect(decide([failing({ askedAt: NOW - 95_000 })], {}, GREEN).kind).toBe('broadcast');
    expect(decide([failing({ state: 'held-back', revertedBy: 'ecr-renew' })], {}, GREEN).kind).toBe('broadcast');
  });
});

describe('after a repair', () => {
  it('one green post tells it, where nothing was posted before', () => {
    expect(decide([running({ state: 'written' })], RECOVERED)).toEqual({
      kind: 'post',
      into: 'channel',
      reason: 'repaired by itself',
    });
  });

  it.each([
    { what: 'it healed without a repair', members: [running(undefined)] },
    { what: 'the refresh found a fresh token: somebody else wrote it', members: [running({ state: 'fresh' })] },
    { what: 'the refresh failed, and a person mended it in time', members: [running({ state: 'failed' })] },
    { what: 'the pods are gone', members: [running({ state: 'written' }, { state: 'gone', runningPods: 0 })] },
  ])('nothing is posted where $what', ({ members }) => {
    const change = members.some(({ state }) => state === 'gone') ? { ...RECOVERED, state: 'gone' as const } : RECOVERED;
    expect(decide(members, change).kind).toBe('nothing');
  });

  it('what is muted stays silent, unless an alert asked', () => {
    const routing = { channel: undefined, oncall: undefined, runbook: undefined, muteUntil: NOW + MINUTE };
    const muted = running({ state: 'written' }, { routing });
    expect(decide([muted], { ...RECOVERED, from: 'sweep' }).kind).toBe('nothing');
    expect(decide([muted], { ...RECOVERED, from: 'alert' }).kind).toBe('post');
  });

  it('is not told before the looks have proven it', () => {
    expect(decide([running({ state: 'written' })], { state: 'repairing' }).kind).toBe('nothing');
  });
});

describe('the first line', () => {
  it.each([
    {
      what: 'repaired',
      shown: view([running({ state: 'written' })], RECOVERED),
      line: '🟢 prod-eu shop/checkout pulls again after 41 s: the ECR pull secret had expired and was refreshed. 3 of 3 pods run',
    },
    {
      what: 'made',
      shown: view([running({ state: 'written', wasMissing: true })], RECOVERED),
      line: '🟢 prod-eu shop/checkout pulls again after 41 s: the ECR pull secret was missing and was created. 3 of 3 pods run',
    },
    {
      what: 'repaired in two namespaces',
      shown: view(
        [running({ state: 'written' }), running({ state: 'written' }, { namespace: 'web', workloadName: 'site' })],
        RECOVERED,
      ),
      line: '🟢 prod-eu shop/checkout +1 more pulls again after 41 s: 2 ECR pull secrets had expired and were refreshed',
    },
    {
      what: 'not helped yet',
      shown: view([failing({ state: 'written' }, DOWN)]),
      line: '🔴 prod-eu shop/checkout is DOWN, 0/3 serve: ECR pull secret has expired; refreshed, has not helped yet',
    },
    {
      what: 'not answered',
      shown: view([failing({ state: 'asked' }, DOWN)]),
      line: '🔴 prod-eu shop/checkout is DOWN, 0/3 serve: ECR pull secret has expired; its refresh has not answered',
    },
    {
      what: 'role refused',
      shown: view([failing({ state: 'failed', reason: 'role-refused' }, DOWN)]),
      line: '🔴 prod-eu shop/checkout is DOWN, 0/3 serve: ECR pull secret has expired; refresh failed: AssumeRole denied',
    },
    {
      what: 'put back',
      shown: view([failing({ state: 'held-back', revertedBy: 'ecr-renew' }, DOWN)]),
      line: '🔴 prod-eu shop/checkout is DOWN, 0/3 serve: ECR pull secret has expired; ecr-renew puts it back',
    },
  ])('$what', ({ shown, line }) => {
    const { text } = firstLine(shown);
    expect(text).toBe(line);
    expect(problemsOfMessage({ text })).toEqual([]);
  });

  it('keeps the rules, whoever put it back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (revertedBy) => {
        const { text } = firstLine(view([failing({ state: 'held-back', revertedBy }, DOWN)]));
        expect(problemsOfMessage({ text })).toEqual([]);
      }),
    );
  });
});

describe('the body', () => {
  const text = (shown: IncidentView, now = NOW) => JSON.stringify(renderIncident(shown, now).message.blocks);

  it('names what was done, the policy and the identity', () => {
    const body = text(view([running({ state: 'written', endedAt: NOW - 30_000 })], RECOVERED));
    expect(body).toContain('*Did* 09:15 UTC refreshed secret `shop/ecr-creds` in place');
    expect(body).toContain('Allowed by target `shop` (mode auto), as `role/pull`.');
    expect(body).toContain('The new token ends at 21:16 UTC.');
    expect(body).not.toContain('has not helped');
  });

  it('says how long ago it was written where it did not help, and is not edited only because time goes by', () => {
    const members = [failing({ state: 'written', askedAt: NOW - 96_000, endedAt: NOW - 95_000 }, DOWN)];
    expect(text(view(members))).toContain('95 s before this was written, and has not helped yet');
    const [first, later] = [NOW, NOW + 20_000].map((now) => renderIncident(view(members, {}, {}, now), now));
    expect(later?.contentHash).toBe(first?.contentHash);
  });

  it('gives the words of the failure with what to do', () => {
    const why = 'secret shop/ecr-creds: 403; to allow it: kubectl -n shop create rolebinding pullmedic-refresh';
    const body = text(view([failing({ state: 'failed', reason: 'forbidden', why })]));
    expect(body).toContain(`did not write it: ${why}`);
  });

  it('shows a new state at once', () => {
    const hashes = (['asked', 'written', 'failed', 'held-back'] as const).map(
      (state) => renderIncident(view([failing({ state, reason: 'forbidden', revertedBy: 'x' })]), NOW).contentHash,
    );
    expect(new Set(hashes.map((hash) => hash.split('.')[0])).size).toBe(4);
  });

  it('is as before without a repair', () => {
    expect(text(view([sampleMember({ findings: [tagMissing()] })]))).not.toContain('*Did*');
  });
});
