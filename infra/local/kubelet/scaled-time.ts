import type { Clock } from '../../../shared/ports/clock.ts';

/**
 * The kubelet's and the controllers' sense of duration: real time, `timeScale` times as fast, plus every jump of the
 * embedded clock. Timestamps follow the clock itself. One timer is armed, and only while something is due.
 */
export interface ScaledTime {
  /** Milliseconds since the start, for differences only. */
  now(): number;
  /** Calls back after that many scaled milliseconds; gives a function that cancels it. */
  after(delayMs: number, callback: () => void): () => void;
  /** To be called when the clock was moved: whatever is due by now runs. */
  wake(): void;
  stop(): void;
}

/** Below this, a difference between the clock and real time is drift, not a jump. */
const JUMP_MS = 1_000;

export function createScaledTime(clock: Clock, timeScale: number): ScaledTime {
  const realStart = performance.now();
  const clockStart = clock.now();
  const pending = new Set<{ readonly due: number; readonly callback: () => void }>();
  let jumped = 0;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  function now(): number {
    const real = performance.now() - realStart;
    const ahead = clock.now() - clockStart - real;
    if (ahead > jumped + JUMP_MS) jumped = ahead;
    return real * timeScale + jumped;
  }

  function run(): void {
    const at = now();
    // A callback may cancel another that is due as well, so each is looked up again.
    for (const entry of [...pending].filter(({ due }) => due <= at).sort((a, b) => a.due - b.due)) {
      if (pending.delete(entry)) entry.callback();
    }
    arm();
  }

  function arm(): void {
    clearTimeout(timer);
    timer = undefined;
    if (isStopped || pending.size === 0) return;
    const earliest = Math.min(...[...pending].map(({ due }) => due));
    timer = setTimeout(run, Math.max(1, Math.ceil((earliest - now()) / timeScale)));
  }

  return {
    now,
    after(delayMs, callback) {
      const entry = { due: now() + delayMs, callback };
      pending.add(entry);
      arm();
      return () => {
        if (pending.delete(entry)) arm();
      };
    },
    wake: run,
    stop() {
      isStopped = true;
      pending.clear();
      arm();
    },
  };
}
