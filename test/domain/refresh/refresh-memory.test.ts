import { describe, expect, it } from '@jest/globals';
import { beginRun, isRunOver, type RefreshMemory, takeSummary } from '../../../shared/domain/refresh/refresh-memory.ts';
import type { RefreshSummary } from '../../../shared/domain/refresh/summarise-report.ts';
import type { RefreshTrouble } from '../../../shared/domain/refresh/trouble.ts';

const AT = Date.parse('2026-11-22T12:00:00Z');
const HOUR = 3_600_000;

const trouble = (secrets: number, change: Partial<RefreshTrouble> = {}): RefreshTrouble => ({
  cause: 'role-refused',
  secrets,
  namespaces: secrets,
  examples: [`ns-${secrets}/x`],
  why: 'denied',
  ...change,
});
const summary = (change: Partial<RefreshSummary> = {}): RefreshSummary => ({
  finishedAt: AT,
  secrets: 10,
  failed: 0,
  troubles: [],
  ...change,
});
const run = (parts: number, startedAt = AT, before?: RefreshMemory) =>
  beginRun(before, { startedAt, parts, fingerprint: 'f' });
const take = (memory: RefreshMemory, part: number | undefined, change: Partial<RefreshSummary> = {}) =>
  takeSummary(memory, summary(change), { part, tellsRepair: true });

describe('what is remembered of a run', () => {
  it('adds up over its parts, in whatever order they come, and a part that comes twice counts once', () => {
    const first = { failed: 2, troubles: [trouble(2, { endsAt: AT + 5 })] };
    const second = { failed: 3, troubles: [trouble(3, { endsAt: AT + 1 })] };
    const forth = take(take(take(run(2), 0, first), 0, first), 1, second);
    const back = take(take(run(2), 1, second), 0, first);
    for (const memory of [forth, back]) {
      expect(isRunOver(memory)).toBe(true);
      expect(memory).toMatchObject({ secrets: 20, failed: 5 });
      expect(memory.told).toMatchObject([{ secrets: 5, namespaces: 5, endsAt: AT + 1, since: AT }]);
    }
  });

  it('tells what is new at once, and ends nothing before all parts have reported', () => {
    const known = take(run(1), 0, { failed: 1, troubles: [trouble(1)] });
    const next = take(run(2, AT + HOUR, known), 0, {
      finishedAt: AT + HOUR,
      troubles: [trouble(4, { cause: 'forbidden' })],
    });
    expect(next.told.map(({ cause, endedAt }) => [cause, endedAt])).toEqual([
      ['role-refused', undefined],
      ['forbidden', undefined],
    ]);
    const over = take(next, 1, { finishedAt: AT + HOUR + 1 });
    expect(over.told).toMatchObject([
      { cause: 'role-refused', since: AT, endedAt: AT + HOUR + 1 },
      { cause: 'forbidden', since: AT + HOUR },
    ]);
    expect(over.told[1]?.endedAt).toBeUndefined();
  });

  it.each([
    { hours: 1.9, since: 0 },
    { hours: 2.1, since: 2.1 },
  ])('what comes again $hours h after its end began $since h after', ({ hours, since }) => {
    const ended = take(run(1, AT, take(run(1), 0, { failed: 1, troubles: [trouble(1)] })), 0);
    expect(ended.told).toMatchObject([{ endedAt: AT }]);
    const at = AT + hours * HOUR;
    const again = take(run(1, at, ended), 0, { finishedAt: at, failed: 1, troubles: [trouble(1)] });
    expect(again.told).toHaveLength(1);
    expect(again.told[0]).toMatchObject({ since: AT + since * HOUR });
    expect(again.told[0]?.endedAt).toBeUndefined();
  });

  it('forgets after a day what is over', () => {
    const ended = take(run(1, AT, take(run(1), 0, { troubles: [trouble(1)] })), 0);
    expect(take(run(1, AT + 25 * HOUR, ended), 0, { finishedAt: AT + 25 * HOUR }).told).toEqual([]);
  });

  it.each([
    { failed: 0, secrets: 10, isAlive: true },
    { failed: 9, secrets: 10, isAlive: true },
    { failed: 10, secrets: 10, isAlive: false },
    { failed: 1, secrets: 0, isAlive: false },
    { failed: 0, secrets: 0, isAlive: true },
  ])('$failed of $secrets failed: alive $isAlive', ({ failed, secrets, isAlive }) => {
    expect(take(run(1), 0, { failed, secrets }).lastSuccessAt).toBe(isAlive ? AT : undefined);
  });

  it('of a job that is not of the run only adds to what is told', () => {
    const memory = take(run(1), undefined, { failed: 1, troubles: [trouble(1)] });
    expect(isRunOver(memory)).toBe(false);
    expect(memory.told).toHaveLength(1);
    expect(memory.lastSuccessAt).toBeUndefined();
  });

  it('adds up what one run repaired, and begins anew with the next', () => {
    const repaired = { secrets: 2, namespaces: 2, examples: ['a/x'], writers: ['w'], targets: ['t'], endsAt: AT + 9 };
    const both = take(take(run(2), 0, { repaired }), 1, {
      repaired: { ...repaired, examples: ['b/x'], endsAt: AT + 5 },
    });
    expect(both.repaired).toMatchObject({ secrets: 4, examples: ['a/x', 'b/x'], writers: ['w'], endsAt: AT + 5 });
    expect(take(run(1, AT + 1, both), 0, { repaired }).repaired).toMatchObject({ secrets: 2, runStartedAt: AT + 1 });
    expect(
      takeSummary(run(1), summary({ repaired }), { part: undefined, tellsRepair: false }).repaired,
    ).toBeUndefined();
  });
});
