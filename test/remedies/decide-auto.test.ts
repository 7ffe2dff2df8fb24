import { describe, expect, it } from '@jest/globals';
import type { PolicyConfig } from '../../shared/config/policy.ts';
import type { Member } from '../../shared/domain/incident.ts';
import type { Proposal, RemedyId } from '../../shared/domain/remedy/proposal.ts';
import type { RemedyRun } from '../../shared/domain/remedy/run.ts';
import { type AutoQuestion, decideAuto } from '../../shared/remedies/decide-auto.ts';
import { aFinding, aMember } from '../support/incident-builders.ts';
import { ruleOf } from '../support/remedy-builders.ts';

const NOW = Date.UTC(2026, 10, 22, 12);
const MINUTE = 60_000;
const PERSON = { teamId: 'T1', userId: 'U1', name: 'alice' };

const proposal = (remedyId: RemedyId, change: Partial<Proposal> = {}): Proposal => ({
  remedyId,
  label: remedyId,
  danger: 'safe',
  choices: [],
  rank: 1,
  ...change,
});

const failing = (change: Partial<Member> = {}): Member =>
  aMember({
    state: 'failing',
    findings: [aFinding({ healsByWaiting: 'no' })],
    proposals: [proposal('refresh-pull-secret'), proposal('retry-now')],
    ...change,
  });

const AUTO: PolicyConfig = {
  mode: 'by-rule',
  rules: [
    ruleOf({
      name: 'auto',
      remedies: ['refresh-pull-secret', 'retry-now'],
      mode: 'auto',
      namespaces: ['shop', 'ml'],
    }),
  ],
  argoCdManualSync: [],
};

const run = (remedyId: RemedyId, minutesAgo: number, change: Partial<RemedyRun> = {}): RemedyRun => ({
  offerId: 'o',
  remedyId,
  label: remedyId,
  by: 'policy',
  rule: 'auto',
  startedAt: NOW - minutesAgo * MINUTE,
  appliedAt: undefined,
  endedAt: undefined,
  state: 'no-help',
  did: [],
  why: undefined,
  members: [failing().key],
  images: {},
  isUndoable: false,
  ...change,
});

const decide = (change: Partial<AutoQuestion>) =>
  decideAuto({ policy: AUTO, cluster: 'prod-eu', members: [failing()], runs: [], now: NOW, ...change }).map(
    ({ remedyId }) => remedyId,
  );

describe('what runs by itself', () => {
  it('is the first proposal that may, once for all members', () => {
    const members = [failing(), failing({ namespace: 'ml', key: 'ml/Deployment/web/app' })];
    expect(decideAuto({ policy: AUTO, cluster: 'prod-eu', members, runs: [], now: NOW })).toEqual([
      {
        remedyId: 'refresh-pull-secret',
        label: 'refresh-pull-secret',
        members: ['ml/Deployment/web/app', 'shop/Deployment/web/app'],
        namespaces: ['ml', 'shop'],
      },
    ]);
  });

  it.each<{ what: string; change: Partial<AutoQuestion> }>([
    { what: 'without a rule', change: { policy: { ...AUTO, rules: [] } } },
    { what: 'where all is off', change: { policy: { ...AUTO, mode: 'advise' } } },
    {
      what: 'where people are asked',
      change: { policy: { ...AUTO, rules: AUTO.rules.map((one) => ({ ...one, mode: 'ask' })) } },
    },
    { what: 'in another namespace', change: { members: [failing({ namespace: 'other' })] } },
    { what: 'what waiting heals', change: { members: [failing({ findings: [aFinding({ healsByWaiting: 'yes' })] })] } },
    { what: 'of a member that runs', change: { members: [failing({ state: 'running' })] } },
    { what: 'without a proposal', change: { members: [failing({ proposals: [] })] } },
    {
      what: 'that takes something away',
      change: {
        policy: { ...AUTO, rules: AUTO.rules.map((one) => ({ ...one, remedies: undefined })) },
        members: [failing({ proposals: [proposal('roll-back')] })],
      },
    },
    {
      what: 'while another run is being proven',
      change: { runs: [run('roll-back', 1, { by: PERSON, state: 'applied' })] },
    },
    { what: 'within 30 minutes of the last', change: { runs: [run('refresh-pull-secret', 29.9)] } },
    {
      what: 'where so much was done that the incident may have forgotten a use on this very workload',
      change: { runs: Array.from({ length: 6 }, () => run('retry-now', 1, { members: ['ml/Deployment/other/app'] })) },
    },
    { what: 'a fourth time in 12 h', change: { runs: [40, 80, 719].map((ago) => run('refresh-pull-secret', ago)) } },
  ])('is nothing $what', ({ change }) => {
    expect(decide(change)).toEqual([]);
  });

  it.each<{ what: string; change: Partial<AutoQuestion>; expected: readonly RemedyId[] }>([
    {
      what: '30 minutes after the last',
      change: { runs: [run('refresh-pull-secret', 30)] },
      expected: ['refresh-pull-secret'],
    },
    {
      what: '12 h after the first of three',
      change: { runs: [40, 80, 720].map((ago) => run('refresh-pull-secret', ago)) },
      expected: ['refresh-pull-secret'],
    },
    {
      what: "after a person's",
      change: { runs: [run('refresh-pull-secret', 1, { by: PERSON })] },
      expected: ['refresh-pull-secret'],
    },
    {
      what: "after another workload's",
      change: { runs: [run('refresh-pull-secret', 1, { members: ['shop/Deployment/other/app'] })] },
      expected: ['refresh-pull-secret'],
    },
    {
      what: 'for pods that were retried once, however long ago',
      change: { members: [failing({ proposals: [proposal('retry-now')] })], runs: [run('retry-now', 10_000)] },
      expected: [],
    },
    {
      what: 'for another container of a workload whose pods were retried',
      change: {
        members: [failing({ key: 'shop/Deployment/web/side', proposals: [proposal('retry-now')] })],
        runs: [run('retry-now', 100)],
      },
      expected: [],
    },
  ])('$what: $expected', ({ change, expected }) => {
    expect(decide(change)).toEqual(expected);
  });
});
