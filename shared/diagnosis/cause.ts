import type { Confidence, Evidence, Fix, HealsByWaiting } from '../domain/finding.ts';
import type { PullFailure } from '../domain/pull-failure.ts';

/** What a cause says of a failure that it recognises. */
export interface Match {
  readonly confidence: Confidence;
  /** A refinement that only gathered facts can tell; one of the cause's own `details`. */
  readonly detail?: string | undefined;
  readonly evidence: readonly Evidence[];
  /** Overrides the cause's phrase where facts allow a better one. */
  readonly phrase?: string | undefined;
}

/**
 * One reason why an image cannot be pulled: one file, one entry in `causes/index.ts`, one page in `docs/causes/`.
 * It judges the parsed error and the gathered facts; it does no I/O and keeps no state.
 */
export interface Cause {
  /** Kebab-case id that users script against. */
  readonly id: string;
  readonly title: string;
  /** Failures of one family and subject are one incident. */
  readonly family: string;
  readonly details: readonly string[];
  /** Breaks ties of equal confidence: 0 (general) to 100 (most exact). */
  readonly specificity: number;
  /** Ids of causes that this one explains better, from an equal or higher confidence. */
  readonly supersedes: readonly string[];
  readonly healsByWaiting: HealsByWaiting;
  readonly docs: string;
  subject(failure: PullFailure): string;
  match(failure: PullFailure): Match | undefined;
  phrase(failure: PullFailure): string;
  fixes(failure: PullFailure, match: Match): readonly Fix[];
}
