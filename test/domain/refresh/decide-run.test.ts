import { describe, expect, it } from '@jest/globals';
import { decideRun } from '../../../shared/domain/refresh/decide-run.ts';
import type { RefreshMemory } from '../../../shared/domain/refresh/refresh-memory.ts';
import type { RefreshSummary } from '../../../shared/domain/refresh/summarise-report.ts';

const MINUTE = 60_000;
const AT = Date.parse('2026-11-22T12:00:00Z');
const part: RefreshSummary = { finishedAt: AT, secrets: 1, failed: 0, troubles: [] };
const over: RefreshMemory = {
  firstRunAt: AT,
  run: { startedAt: AT, parts: 1, isSent: true, fingerprint: 'f' },
  parts: { 0: part },
  secrets: 1,
  failed: 0,
  told: [],
  revision: 1,
};

const decide = (
  memory: RefreshMemory | undefined,
  minutes: number,
  change: { readonly fingerprint?: string; readonly since?: number; readonly cluster?: string } = {},
) =>
  decideRun(memory, {
    now: AT + minutes * MINUTE,
    cluster: 'prod-eu',
    everyMs: 120 * MINUTE,
    fingerprint: 'f',
    since: undefined,
    ...change,
  });

describe('a run begins', () => {
  it.each([
    { what: 'where none ever was', memory: undefined, minutes: 0, reason: 'first' },
    { what: 'not a minute later', memory: over, minutes: 1, reason: undefined },
    { what: 'not after 107 minutes of 120', memory: over, minutes: 107, reason: undefined },
    { what: 'after 120 minutes', memory: over, minutes: 120, reason: 'due' },
    { what: '15 minutes after a failure', memory: { ...over, failed: 1 }, minutes: 15, reason: 'retry' },
    { what: 'not sooner after a failure', memory: { ...over, failed: 1 }, minutes: 14.9, reason: undefined },
    { what: '15 minutes after one that never ended', memory: { ...over, parts: {} }, minutes: 15, reason: 'retry' },
    {
      what: 'a minute after one that was not sent',
      memory: { ...over, run: { ...over.run, isSent: false }, parts: {} },
      minutes: 1,
      reason: 'resend',
    },
  ])('$what: $reason', ({ memory, minutes, reason }) => {
    expect(decide(memory, minutes)).toBe(reason);
  });

  it('when the targets are others, and when the process was away', () => {
    expect(decide(over, 1, { fingerprint: 'g' })).toBe('targets-changed');
    expect(decide(over, 1, { since: AT + 1 })).toBe('start');
    expect(decide(over, 1, { since: AT })).toBeUndefined();
  });

  it('up to a tenth early, each cluster at its own minute, always the same', () => {
    const minuteOf = (cluster: string) =>
      Array.from({ length: 121 }, (_, minutes) => minutes).find(
        (minutes) => decide(over, minutes, { cluster }) === 'due',
      );
    const minutes = Array.from({ length: 40 }, (_, index) => minuteOf(`cluster-${index}`));
    expect(Math.min(...minutes.map(Number))).toBeGreaterThanOrEqual(108);
    expect(new Set(minutes).size).toBeGreaterThan(6);
    expect(minuteOf('cluster-3')).toBe(minutes[3]);
  });
});
