import { describe, expect, it } from '@jest/globals';
import type { RefreshReport, SecretResult } from '../../../shared/domain/refresh/result.ts';
import { summariseReport } from '../../../shared/domain/refresh/summarise-report.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');
const MINUTE = 60_000;

const secret = (change: Partial<SecretResult>): SecretResult => ({
  cluster: 'a',
  namespace: 'shop',
  name: 'ecr-creds',
  targets: ['shop'],
  outcome: 'not-due',
  reason: undefined,
  why: 'why',
  retry: undefined,
  entries: [],
  expiresAt: NOW + 600 * MINUTE,
  wasExpired: false,
  lastWrittenBy: undefined,
  attached: [],
  finishedAt: NOW,
  ...change,
});

const report = (secrets: readonly SecretResult[], change: Partial<RefreshReport> = {}): RefreshReport => ({
  startedAt: NOW,
  finishedAt: NOW,
  isDryRun: false,
  clusters: [{ cluster: 'a', outcome: 'done', why: undefined, retry: undefined }],
  secrets,
  findings: [],
  tokensIssued: 0,
  ...change,
});

const causes = (secrets: readonly SecretResult[], tells: 'all' | 'lasting' = 'all') =>
  summariseReport(report(secrets), { tells, now: NOW }).troubles.map(({ cause }) => cause);

describe('what of a run is told', () => {
  it.each([
    { what: 'refreshed', change: { outcome: 'refreshed' }, told: [] },
    { what: 'failed', change: { outcome: 'failed', reason: 'role-refused' }, told: ['role-refused'] },
    { what: 'left to its owner, with time', change: { outcome: 'skipped', reason: 'owned-by-controller' }, told: [] },
    {
      what: 'left to its owner, 59 minutes left',
      change: { outcome: 'skipped', reason: 'owned-by-controller', expiresAt: NOW + 59 * MINUTE },
      told: ['owned-by-controller'],
    },
    {
      what: 'left to its owner, an hour left',
      change: { outcome: 'skipped', reason: 'owned-by-controller', expiresAt: NOW + 60 * MINUTE },
      told: [],
    },
    {
      what: 'taken out by its label, expired',
      change: { outcome: 'skipped', reason: 'opted-out', expiresAt: NOW - MINUTE },
      told: [],
    },
    {
      what: 'undone by another',
      change: { outcome: 'skipped', reason: 'reverted', lastWrittenBy: 'x' },
      told: ['reverted'],
    },
    { what: 'just written', change: { outcome: 'skipped', reason: 'reverted', lastWrittenBy: 'pullmedic' }, told: [] },
  ] as const)('$what: $told', ({ change, told }) => {
    expect(causes([secret(change)])).toEqual(told);
  });

  it('leaves out what may pass while the job will be tried again', () => {
    const secrets = [
      secret({ outcome: 'failed', reason: 'throttled', retry: 'retry' }),
      secret({ outcome: 'failed', reason: 'forbidden', retry: 'give-up' }),
    ];
    expect(causes(secrets, 'lasting')).toEqual(['forbidden']);
    expect(causes(secrets, 'all')).toEqual(['throttled', 'forbidden']);
  });

  it('counts, and names those that end first', () => {
    const failing = Array.from({ length: 9 }, (_, index) =>
      secret({
        namespace: `ns-${index}`,
        outcome: 'failed',
        reason: 'role-refused',
        why: `why ${index}`,
        expiresAt: NOW + (9 - index) * MINUTE,
      }),
    );
    expect(summariseReport(report(failing), { tells: 'all', now: NOW })).toMatchObject({
      secrets: 9,
      failed: 9,
      endsAt: NOW + MINUTE,
      troubles: [
        {
          cause: 'role-refused',
          secrets: 9,
          namespaces: 9,
          why: 'why 8',
          endsAt: NOW + MINUTE,
          examples: ['ns-8/ecr-creds', 'ns-7/ecr-creds', 'ns-6/ecr-creds', 'ns-5/ecr-creds', 'ns-4/ecr-creds'],
        },
      ],
    });
  });

  it('says a cluster that could not be looked at where no secret says it', () => {
    const clusters = [{ cluster: 'a', outcome: 'failed', why: 'list: no response', retry: 'retry' }] as const;
    const of = (secrets: readonly SecretResult[]) =>
      summariseReport(report(secrets, { clusters }), { tells: 'all', now: NOW }).troubles;
    expect(of([])).toMatchObject([{ cause: 'cluster-unavailable', secrets: 0, why: 'list: no response' }]);
    expect(of([secret({ outcome: 'failed', reason: 'cluster-unavailable' })])).toMatchObject([{ secrets: 1 }]);
  });

  it('does not count what others keep as kept here', () => {
    const left = secret({ outcome: 'skipped', reason: 'advise-only', expiresAt: NOW - MINUTE });
    expect(summariseReport(report([left, secret({})]), { tells: 'all', now: NOW }).endsAt).toBe(NOW + 600 * MINUTE);
  });
});
