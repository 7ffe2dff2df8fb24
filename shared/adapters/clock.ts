import type { Instant } from '../domain/instant.ts';
import type { Clock } from '../ports/clock.ts';

/** The machine's own time. */
export function createSystemClock(): Clock {
  return { now: () => Date.now() };
}

/** A clock that can be moved forward: delays, leases and expiries then pass without waiting for them. */
export interface AdjustableClock extends Clock {
  /** @param seconds 0 or more @throws {RangeError} for less: time never runs backwards */
  advance(seconds: number): void;
}

/**
 * @param options.startAt given: the clock stands still there and moves by `advance` only (tests); left out: it runs with
 * the machine's time, ahead of it by what was advanced (the embedded stack)
 */
export function createAdjustableClock(options: { readonly startAt?: Instant } = {}): AdjustableClock {
  const { startAt } = options;
  let aheadMs = 0;

  return {
    now: () => (startAt ?? Date.now()) + aheadMs,
    advance(seconds) {
      if (!(seconds >= 0)) throw new RangeError(`a clock cannot be advanced by ${seconds} s`);
      aheadMs += Math.round(seconds * 1000);
    },
  };
}
