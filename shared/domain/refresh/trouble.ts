import type { Instant } from '../instant.ts';
import type { RefreshReason } from './result.ts';

/** What keeps secrets from being refreshed: one message for each of these and cluster. */
export type TroubleCause =
  | RefreshReason
  /** Written, but the registry refuses the new credential. */
  | 'registry-refuses'
  /** Service accounts that a target names could not be given the secret. */
  | 'not-attached';

/** Everything in one cluster that one cause keeps from being refreshed. Holds no credential: names, times, words. */
export interface RefreshTrouble {
  readonly cause: TroubleCause;
  /** 0 = it is the cluster as a whole. */
  readonly secrets: number;
  readonly namespaces: number;
  /** `namespace/name`, those that end first; at most `EXAMPLES`. */
  readonly examples: readonly string[];
  /** Of the first example, as its result says it. */
  readonly why: string;
  /** The soonest end of their tokens; `undefined` = unknown. */
  readonly endsAt?: Instant | undefined;
}

/** Names shown of many. */
export const EXAMPLES = 5;
/** Less left than this without a refresh: it will break before anybody reads a report. */
export const SOON_MS = 3_600_000;

/** The same trouble of two parts of a run: their namespaces differ, so counts add up. */
export function joinTroubles(troubles: readonly RefreshTrouble[]): readonly RefreshTrouble[] {
  const byCause = Map.groupBy(troubles, ({ cause }) => cause);
  return [...byCause.values()].map((same) => {
    const byEnd = [...same].sort((a, b) => endOf(a) - endOf(b)) as [RefreshTrouble, ...RefreshTrouble[]];
    return {
      ...byEnd[0],
      secrets: byEnd.reduce((sum, { secrets }) => sum + secrets, 0),
      namespaces: byEnd.reduce((sum, { namespaces }) => sum + namespaces, 0),
      examples: byEnd.flatMap(({ examples }) => examples).slice(0, EXAMPLES),
    };
  });
}

function endOf({ endsAt }: RefreshTrouble): number {
  return endsAt ?? Number.MAX_SAFE_INTEGER;
}
