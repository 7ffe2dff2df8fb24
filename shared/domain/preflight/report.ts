import type { Instant } from '../instant.ts';
import type { Gap } from '../pull-failure.ts';
import type { PreflightFinding } from './finding.ts';

/** How much was looked at: on a cluster without findings that is the answer. */
export interface PreflightCounts {
  readonly workloads: number;
  /** Distinct image references. */
  readonly images: number;
  /** Distinct registry hosts that those are in. */
  readonly registries: number;
  readonly nodes: number;
  /** Pull secrets that were read. */
  readonly secrets: number;
  /** Distinct questions that a registry answered, and all that there were to ask. */
  readonly answered: number;
  readonly questions: number;
  /** Distinct images of which it is not known whether they would pull; `gaps` says why. */
  readonly undecided: number;
}

/** What a preflight found, soonest break first, and what it could not check. */
export interface PreflightReport {
  readonly cluster: string | undefined;
  readonly observedAt: Instant;
  readonly checked: PreflightCounts;
  readonly findings: readonly PreflightFinding[];
  readonly gaps: readonly Gap[];
  /** Hosts of which a question was left without an answer. */
  readonly silentRegistries: readonly string[];
}
