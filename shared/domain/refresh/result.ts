import type { RetryAdvice } from '../errors.ts';
import type { Instant } from '../instant.ts';

/**
 * What became of one Secret.
 * - `refreshed`: written, or in a dry run due
 * - `not-due`: nothing was asked and nothing written
 * - `skipped`: left alone on purpose; nobody need try again before somebody changes something
 * - `failed`: it should have been written and was not
 */
export type RefreshOutcome = 'refreshed' | 'not-due' | 'skipped' | 'failed';

/** Why it was left alone, or not written. Stable: metrics and scripts count them. */
export type RefreshReason =
  | 'created'
  | 'not-allowed-here'
  | 'owned-by-controller'
  | 'immutable'
  | 'malformed'
  | 'missing'
  | 'no-entry'
  | 'opted-out'
  | 'advise-only'
  /** Somebody puts something else there each time that pullmedic has written it. */
  | 'reverted'
  | 'forbidden'
  | 'role-refused'
  | 'token-refused'
  | 'credentials-expired'
  | 'throttled'
  | 'conflict'
  | 'refused-by-cluster'
  | 'cluster-unavailable'
  | 'aws-unavailable'
  | 'out-of-time'
  /** Our own mistake: the log has it. */
  | 'bug';

/** One `auths` entry that concerns a target, or is made to look as if. */
export interface EntryResult {
  readonly key: string;
  readonly registry: string;
  readonly verdict: 'refreshed' | 'due' | 'not-due' | 'not-allowed-here' | 'look-alike';
  /** When it ended or ends, before this run wrote anything; `undefined` = unknown. */
  readonly expiredAt: Instant | undefined;
  /** When it ends now. */
  readonly expiresAt: Instant | undefined;
}

/** Holds no credential and none can get in: every field is a name, a time or words of our own. */
export interface SecretResult {
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
  /** Names of the targets that claim it. */
  readonly targets: readonly string[];
  readonly outcome: RefreshOutcome;
  /** `undefined` only for a plain `refreshed` or `not-due`. */
  readonly reason: RefreshReason | undefined;
  /** A sentence's end for people, with what to do; redacted. */
  readonly why: string | undefined;
  readonly retry: RetryAdvice | undefined;
  readonly entries: readonly EntryResult[];
  /** The soonest end of the target's entries as the Secret is now; `undefined` = unknown. */
  readonly expiresAt: Instant | undefined;
  /** Some entry of a target had ended, or was missing, when it was read. */
  readonly wasExpired: boolean;
  /** Who wrote the Secret before, by managedFields: whom to ask where it ends up stale again and again. */
  readonly lastWrittenBy: string | undefined;
  readonly attached: readonly string[];
  readonly finishedAt: Instant;
}

/** Something that was seen and left alone: it is not of any target, whatever it looks like. */
export interface RefreshFinding {
  readonly cluster: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly kind: /** A label asks for a refresh, but no target names the Secret. */
    | 'labelled-outside-targets'
    /** Named like a target's Secret, in a namespace or cluster that the target does not name. */
    | 'namesake'
    /** An entry for a registry that the Secret's targets do not name. */
    | 'not-allowed-here'
    | 'look-alike'
    /** A namespace was asked for that no target names. */
    | 'no-target'
    /** Service accounts of a target that could not be changed. */
    | 'not-attached'
    /** A part of the looking-around was not possible. */
    | 'not-seen';
  readonly why: string;
}

export interface ClusterResult {
  readonly cluster: string;
  readonly outcome: 'done' | 'failed';
  readonly why: string | undefined;
  readonly retry: RetryAdvice | undefined;
}

/** All of a run: nothing that was looked at is left out. */
export interface RefreshReport {
  readonly startedAt: Instant;
  readonly finishedAt: Instant;
  readonly isDryRun: boolean;
  readonly clusters: readonly ClusterResult[];
  readonly secrets: readonly SecretResult[];
  readonly findings: readonly RefreshFinding[];
  readonly tokensIssued: number;
}
