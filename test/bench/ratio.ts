/** One thing measured against another in the same run. */
export interface Ratio {
  readonly name: string;
  readonly value: number;
  /** The most that is good. */
  readonly limit: number;
}

/** What a `*.bench.ts` exports as `measure`. */
export type Measure = () => readonly Ratio[] | Promise<readonly Ratio[]>;

/** Many short rounds: the best of them is the one that nothing else on the machine disturbed. */
const ROUNDS = 40;
/** Long enough for the clock, short enough to be left alone. */
const ROUND_MS = 0.2;
const WARM_UP_MS = 400;

/** Lets the compiler see the work before it is measured. */
export function warmUp(work: () => void): void {
  const until = performance.now() + WARM_UP_MS;
  while (performance.now() < until) work();
}

/** Milliseconds that one call takes: the best of many rounds. Small pieces of work measure best. */
export function bestTime(work: () => void): number {
  let calls = 1;
  while (timeOf(work, calls) < ROUND_MS && calls < 1_000_000) calls *= 2;
  return Math.min(...Array.from({ length: ROUNDS }, () => timeOf(work, calls) / calls));
}

function timeOf(work: () => void, calls: number): number {
  const before = performance.now();
  for (let call = 0; call < calls; call += 1) work();
  return performance.now() - before;
}
