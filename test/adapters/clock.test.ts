import { describe, expect, it } from '@jest/globals';
import { createAdjustableClock, createSystemClock } from '../../shared/adapters/clock.ts';

describe('clocks', () => {
  it('the system clock tells the time of the machine', () => {
    const before = Date.now();
    const now = createSystemClock().now();
    expect(now).toBeGreaterThanOrEqual(before);
    expect(now).toBeLessThanOrEqual(Date.now());
  });

  it('a clock with a start stands still until it is advanced', () => {
    const clock = createAdjustableClock({ startAt: 1000 });
    expect(clock.now()).toBe(1000);
    clock.advance(1.5);
    clock.advance(0);
    expect(clock.now()).toBe(2500);
  });

  it('a clock without a start runs ahead of the machine by what it was advanced', () => {
    const clock = createAdjustableClock();
    clock.advance(3600);
    const aheadMs = clock.now() - Date.now();
    expect(aheadMs).toBeGreaterThan(3_599_000);
    expect(aheadMs).toBeLessThanOrEqual(3_600_000);
  });

  it.each([-1, Number.NaN])('no clock goes back or astray: %s', (seconds) => {
    const clock = createAdjustableClock({ startAt: 1000 });
    expect(() => clock.advance(seconds)).toThrow(RangeError);
    expect(clock.now()).toBe(1000);
  });
});
