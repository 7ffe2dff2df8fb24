import { describe, expect, it } from '@jest/globals';
import {
  askedRepair,
  decideRepair,
  followRepair,
  isRepairing,
  proofUntil,
  type Repairable,
  type SecretRepair,
  withAsk,
  withResult,
} from '../../../shared/domain/incident/secret-repair.ts';
import type { SecretResult } from '../../../shared/domain/refresh/result.ts';
import { secretResult } from '../../support/refresh-builders.ts';

const NOW = Date.UTC(2026, 10, 22, 13);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

function broken(change: Partial<Repairable> = {}): Repairable {
  return {
    secret: 'ecr-creds',
    wasMissing: false,
    target: 'shop',
    identity: 'role/pull',
    lastWrittenBy: 'ecr-renew',
    lastWrittenAt: NOW - 15 * HOUR,
    ...change,
  };
}

const result = (change: Partial<SecretResult> = {}) => secretResult(NOW, change);

/** Asked so many minutes ago; each but the last was answered at once, the last as given. */
function known(minutesAgo: readonly number[], last: Partial<SecretResult> | undefined): SecretRepair {
  const asked = minutesAgo.reduce<SecretRepair | undefined>(
    (record, minutes) => withAsk(record, 'ecr-creds', NOW - minutes * MINUTE),
    undefined,
  ) ?? { name: 'ecr-creds', asked: [], result: undefined };
  return last === undefined ? asked : withResult(asked, result(last));
}

const wroteAt = (minutesAgo: number) => ({ finishedAt: NOW - minutesAgo * MINUTE + 1_000 });
const revertedNow = broken({ lastWrittenAt: NOW });

describe('what a look does about an expired secret of a target', () => {
  it.each([
    { title: 'never asked', found: broken(), record: undefined, expected: 'ask' },
    { title: 'asked, not answered', found: broken(), record: known([1], undefined), expected: 'asked' },
    { title: 'asked 29 min ago, never answered', found: broken(), record: known([29], undefined), expected: 'asked' },
    { title: 'asked 30 min ago, never answered', found: broken(), record: known([30], undefined), expected: 'ask' },
    { title: 'written a minute ago', found: broken(), record: known([1], wroteAt(1)), expected: 'written' },
    {
      title: 'read before it was written',
      found: broken({ lastWrittenAt: NOW - MINUTE - 5_000 }),
      record: known([1], wroteAt(1)),
      expected: 'written',
    },
    {
      title: 'written by pullmedic last',
      found: broken({ lastWrittenBy: 'pullmedic', lastWrittenAt: NOW }),
      record: known([1], wroteAt(1)),
      expected: 'written',
    },
    {
      title: 'fresh already when it was looked at',
      found: broken(),
      record: known([1], { ...wroteAt(1), outcome: 'not-due' }),
      expected: 'fresh',
    },
    {
      title: 'refused a minute ago',
      found: broken(),
      record: known([1], { ...wroteAt(1), outcome: 'failed', reason: 'forbidden' }),
      expected: 'failed',
    },
    {
      title: 'refused half an hour ago',
      found: broken(),
      record: known([31], { ...wroteAt(31), outcome: 'failed', reason: 'forbidden' }),
      expected: 'ask',
    },
    {
      title: 'left alone on purpose',
      found: broken(),
      record: known([1], { ...wroteAt(1), outcome: 'skipped', reason: 'owned-by-controller' }),
      expected: 'failed',
    },
    {
      title: 'held back by the refresh itself',
      found: broken(),
      record: known([1], { ...wroteAt(1), outcome: 'skipped', reason: 'reverted' }),
      expected: 'held-back',
    },
    { title: 'put back after a minute', found: revertedNow, record: known([1], wroteAt(1)), expected: 'held-back' },
    { title: 'put back after half an hour', found: revertedNow, record: known([31], wroteAt(31)), expected: 'ask' },
    {
      title: 'put back for the third time',
      found: revertedNow,
      record: known([120, 80, 40], wroteAt(40)),
      expected: 'held-back',
    },
    {
      title: 'three writes, the first 12 h ago',
      found: revertedNow,
      record: known([720, 80, 40], wroteAt(40)),
      expected: 'ask',
    },
  ])('$title: $expected', ({ found, record, expected }) => {
    const decision = decideRepair(found, record, NOW);
    expect(decision.kind === 'ask' ? 'ask' : decision.repair.state).toBe(expected);
  });

  it('names who put it back and until when it is left alone', () => {
    const decision = decideRepair(revertedNow, known([120, 80, 40], wroteAt(40)), NOW);
    expect(decision).toMatchObject({
      kind: 'stands',
      repair: { revertedBy: 'ecr-renew', heldUntil: NOW - 120 * MINUTE + 12 * HOUR },
    });
  });

  it('never asks more than three times in 12 hours, nor twice in 30 minutes, whoever keeps changing it', () => {
    let record: SecretRepair | undefined;
    const asked: number[] = [];
    for (let now = NOW; now < NOW + 36 * HOUR; now += MINUTE) {
      const found = broken({ lastWrittenAt: now });
      if (decideRepair(found, record, now).kind !== 'ask') continue;
      asked.push(now);
      record = withResult(withAsk(record, 'ecr-creds', now), result({ finishedAt: now + 1_000 }));
    }
    expect(asked.length).toBeGreaterThanOrEqual(7);
    for (const [index, at] of asked.entries()) {
      expect(asked.slice(0, index).filter((one) => at - one < 12 * HOUR).length).toBeLessThan(3);
      expect(asked.slice(0, index).filter((one) => at - one < 30 * MINUTE)).toEqual([]);
    }
  });
});

describe('the answer of the refresh', () => {
  it('is not replaced by the echo of a job that was delivered twice', () => {
    const written = known([1], wroteAt(1));
    expect(withResult(written, result({ outcome: 'not-due', finishedAt: NOW }))).toBe(written);
  });

  it('is not replaced by an older one', () => {
    const failed = known([1], { outcome: 'failed', reason: 'forbidden', finishedAt: NOW });
    expect(withResult(failed, result({ finishedAt: NOW - 30_000 }))).toBe(failed);
  });

  it('reaches a member that runs by now', () => {
    const before = askedRepair(broken(), NOW - MINUTE);
    expect(followRepair(before, known([1], wroteAt(1)))).toMatchObject({
      state: 'written',
      expiresAt: NOW + 12 * HOUR,
    });
    expect(followRepair(before, known([60], wroteAt(60)))).toBe(before);
    expect(followRepair(before, undefined)).toBe(before);
  });
});

describe('how long its success is waited for', () => {
  it.each([
    { state: 'asked', until: NOW + 9_000, isActive: true },
    { state: 'written', until: NOW + 9_000, isActive: true },
    { state: 'fresh', until: NOW + 9_000, isActive: true },
    { state: 'failed', until: undefined, isActive: false },
    { state: 'held-back', until: undefined, isActive: false },
  ] as const)('$state', ({ state, until, isActive }) => {
    const repair = { ...askedRepair(broken(), NOW), state };
    expect(proofUntil(repair, 0.1)).toBe(until);
    expect(isRepairing(repair, NOW + MINUTE)).toBe(isActive);
    expect(isRepairing(repair, NOW + 6 * MINUTE)).toBe(false);
  });
});
