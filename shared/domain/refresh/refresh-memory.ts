import { type Instant, soonest } from '../instant.ts';
import type { RefreshSummary, RepairedSecrets } from './summarise-report.ts';
import { EXAMPLES, joinTroubles, type RefreshTrouble } from './trouble.ts';

/** A trouble with its time, as its message tells it. */
export interface ToldTrouble extends RefreshTrouble {
  readonly since: Instant;
  /** It is over; kept for a while, so that its message hears of it however often that has to be said. */
  readonly endedAt?: Instant | undefined;
}

/** What is remembered of the refresh of one cluster. Small, whatever the number of secrets, and without a credential. */
export interface RefreshMemory {
  /** The first run of all: until something succeeded, the age of the last success counts from here. */
  readonly firstRunAt: Instant;
  readonly run: {
    readonly startedAt: Instant;
    readonly parts: number;
    /** Whether all of its jobs are known to be on the queue. */
    readonly isSent: boolean;
    /** Of the configuration that it ran with. */
    readonly fingerprint: string;
  };
  /** Of that run, by part. */
  readonly parts: Readonly<Record<string, RefreshSummary>>;
  /** End of the last run that could do its work: not all of it failed. What did is `failed`. */
  readonly lastSuccessAt?: Instant | undefined;
  /** Of the last run that came to its end: the soonest end of a token, secrets, and those that failed. */
  readonly endsAt?: Instant | undefined;
  readonly secrets: number;
  readonly failed: number;
  readonly told: readonly ToldTrouble[];
  /** In the run since `runStartedAt`. */
  readonly repaired?: (RepairedSecrets & { readonly runStartedAt: Instant }) | undefined;
  /** Grows with each change of what is told. */
  readonly revision: number;
}

/** One that comes again within this time is the same: its message goes on. */
const SAME_WITHIN_MS = 2 * 3_600_000;
const ENDED_KEPT_MS = 24 * 3_600_000;

/** A new run begins; what was told goes on until the run has seen all. */
export function beginRun(memory: RefreshMemory | undefined, run: Omit<RefreshMemory['run'], 'isSent'>): RefreshMemory {
  const known = memory ?? { firstRunAt: run.startedAt, secrets: 0, failed: 0, told: [], revision: 0 };
  return { ...known, run: { ...run, isSent: false }, parts: {} };
}

/** A run is over once each of its parts has reported. */
export function isRunOver({ run, parts }: RefreshMemory): boolean {
  return Object.keys(parts).length >= run.parts;
}

/**
 * Takes in what one job did.
 * @param part of the run; `undefined` = not of the current run, or to be tried again: it may add to what is told, and
 * ends nothing
 * @param tellsRepair whether the channel hears of what was repaired; an alert's incident tells it itself
 */
export function takeSummary(
  memory: RefreshMemory,
  summary: RefreshSummary,
  { part, tellsRepair }: { readonly part: number | undefined; readonly tellsRepair: boolean },
): RefreshMemory {
  const now = summary.finishedAt;
  const next: RefreshMemory = {
    ...memory,
    revision: memory.revision + 1,
    ...(tellsRepair && summary.repaired !== undefined && { repaired: addRepaired(memory, summary.repaired) }),
  };
  if (part === undefined) return { ...next, told: addTold(memory.told, summary.troubles, now) };

  const parts: RefreshMemory['parts'] = { ...memory.parts, [part]: summary };
  const reported = { ...next, parts };
  const all = Object.values(parts);
  const found = joinTroubles(all.flatMap(({ troubles }) => troubles));
  if (!isRunOver(reported)) return { ...reported, told: addTold(memory.told, found, now) };

  const failed = sum(all.map((one) => one.failed));
  const secrets = sum(all.map((one) => one.secrets));
  return {
    ...reported,
    told: replaceTold(memory.told, found, now),
    lastSuccessAt: failed === 0 || failed < secrets ? now : memory.lastSuccessAt,
    endsAt: soonest(all.map(({ endsAt }) => endsAt)),
    secrets,
    failed,
  };
}

/** While not all has been seen, what is new is told at once, a count grows, and nothing ends. */
function addTold(told: readonly ToldTrouble[], found: readonly RefreshTrouble[], now: Instant): readonly ToldTrouble[] {
  const grown = found.filter(({ cause, secrets }) => {
    const known = told.find((one) => one.cause === cause && one.endedAt === undefined);
    return known === undefined || secrets > known.secrets;
  });
  const others = told.filter(({ cause }) => !grown.some((one) => one.cause === cause));
  return [...others, ...grown.map((trouble) => ({ ...trouble, since: sinceOf(trouble, told, now) }))];
}

function replaceTold(
  told: readonly ToldTrouble[],
  found: readonly RefreshTrouble[],
  now: Instant,
): readonly ToldTrouble[] {
  const ended = told
    .filter(({ cause }) => !found.some((trouble) => trouble.cause === cause))
    .map((trouble) => ({ ...trouble, endedAt: trouble.endedAt ?? now }))
    .filter(({ endedAt }) => now - endedAt < ENDED_KEPT_MS);
  return [...ended, ...found.map((trouble) => ({ ...trouble, since: sinceOf(trouble, told, now) }))];
}

function sinceOf({ cause }: RefreshTrouble, told: readonly ToldTrouble[], now: Instant): Instant {
  const known = told.find((one) => one.cause === cause);
  if (known === undefined) return now;
  return known.endedAt === undefined || now - known.endedAt < SAME_WITHIN_MS ? known.since : now;
}

function addRepaired({ repaired, run }: RefreshMemory, more: RepairedSecrets) {
  const before = repaired?.runStartedAt === run.startedAt ? repaired : undefined;
  const join = (a: readonly string[] = [], b: readonly string[] = []) =>
    [...new Set([...a, ...b])].sort().slice(0, EXAMPLES);
  return {
    runStartedAt: run.startedAt,
    secrets: (before?.secrets ?? 0) + more.secrets,
    namespaces: (before?.namespaces ?? 0) + more.namespaces,
    examples: join(before?.examples, more.examples),
    writers: join(before?.writers, more.writers),
    targets: join(before?.targets, more.targets),
    expiredAt: soonest([before?.expiredAt, more.expiredAt]),
    endsAt: soonest([before?.endsAt, more.endsAt]),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
