import type { Instant } from '../instant.ts';
import type { Actor } from './actor.ts';
import type { RemedyId } from './proposal.ts';

/**
 * - `applying` · `applied`: done, the looks prove it · `stopped`: not done, or not all of it, `why`
 * - `verified`: all its members run and what it set still stands · `no-help`: they fail anew, `why` names the cause
 * - `put-back`: somebody else undid it, `why` names who
 */
export type RunState = 'applying' | 'applied' | 'stopped' | 'verified' | 'no-help' | 'put-back';

/** Uses that an incident remembers: the newest. */
export const MAX_RUNS = 6;

/** One use of a remedy, as its incident remembers it. */
export interface RemedyRun {
  readonly offerId: string;
  readonly remedyId: RemedyId;
  readonly label: string;
  readonly by: Actor | 'policy';
  /** The rule that allowed it. */
  readonly rule: string;
  readonly startedAt: Instant;
  readonly appliedAt: Instant | undefined;
  readonly endedAt: Instant | undefined;
  /** When a look first saw all its members run. */
  readonly ranAt?: Instant | undefined;
  readonly state: RunState;
  /** All its members were deleted or went on elsewhere: there is nothing to prove it by, unless one comes back. */
  readonly isMoot?: true | undefined;
  /** What was done, in honest verbs, one sentence each, at most 6: `deleted pod web-1 (its ReplicaSet replaces it)`. */
  readonly did: readonly string[];
  readonly why: string | undefined;
  /** Keys of the members that it is to make run. */
  readonly members: readonly string[];
  /** Images that it set, by member: they must still stand after a minute. */
  readonly images: Readonly<Record<string, string>>;
  /** Whether an inverse exists. */
  readonly isUndoable: boolean;
}
