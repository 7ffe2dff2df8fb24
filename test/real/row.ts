/** One step of a row: what was seen, and how long after the step before it. */
export interface Step {
  readonly text: string;
  readonly seconds?: number | undefined;
}

/** One line of the report. */
export interface Row {
  readonly name: string;
  readonly from: 'capture' | 'seed' | 'asked' | 'story';
  readonly fails: Step;
  readonly alert: Step;
  readonly cause: Step;
  readonly message: Step;
  readonly recovered: Step;
  /** What is not as it must be; empty = passed. */
  readonly problems: readonly string[];
  /** Why it did not run at all. */
  readonly skipped?: string | undefined;
  /** Notification received ─▶ message posted, in ms, where nothing but pullmedic was waited for. */
  readonly latencyMs?: number | undefined;
  /** All containers run ─▶ message green, in ms. */
  readonly healedMs?: number | undefined;
}

export const NONE: Step = { text: '–' };

export function skippedRow(name: string, from: Row['from'], reason: string): Row {
  return {
    name,
    from,
    fails: NONE,
    alert: NONE,
    cause: NONE,
    message: NONE,
    recovered: NONE,
    problems: [],
    skipped: reason,
  };
}

/** `17 s`, `0.4 s`. */
export function formatSeconds(ms: number): string {
  const seconds = ms / 1_000;
  return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
}

/** @returns `undefined` for none */
export function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low, high] = [sorted[middle - 1], sorted[middle]];
  if (high === undefined) return undefined;
  return sorted.length % 2 === 1 || low === undefined ? high : (low + high) / 2;
}

/** A row of what took several acts, or of the whole run. */
export function storyRow(name: string, more: Partial<Row>): Row {
  return {
    ...{ name, from: 'story', fails: NONE, alert: NONE, cause: NONE, message: NONE, recovered: NONE, problems: [] },
    ...more,
  };
}
