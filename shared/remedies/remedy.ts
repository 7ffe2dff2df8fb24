import type { DiagnosedFailure } from '../domain/incident/build-members.ts';
import type { World } from '../domain/incident/world.ts';
import type { Member } from '../domain/incident.ts';
import type { Instant } from '../domain/instant.ts';
import type { RefreshTarget } from '../domain/refresh/target.ts';
import type { NoPlan, Plan } from '../domain/remedy/plan.ts';
import type { Proposal, RemedyId } from '../domain/remedy/proposal.ts';

/** What is known of one failing member at one look: all that a remedy may judge. */
export interface RemedyContext {
  readonly cluster: string;
  readonly member: Member;
  /** Its failing containers, with what all causes said of each; never empty. */
  readonly failures: readonly DiagnosedFailure[];
  /** Everything that was read of the namespace. */
  readonly world: World;
  readonly targets: readonly RefreshTarget[];
  readonly gitOps: GitOpsPolicy;
  readonly now: Instant;
}

/** What the configuration says of workloads that something outside the cluster writes. */
export interface GitOpsPolicy {
  /** Argo CD applications (globs) whose sync is manual: a change stands until somebody syncs. All others undo it. */
  readonly manualSync: readonly string[];
}

/**
 * One way to repair a member: one file, one line in `catalogue/index.ts`, one row in `docs/remedies.md`. It plans and
 * does nothing; it knows no policy.
 */
export interface Remedy {
  readonly id: RemedyId;
  /** For the list of remedies and the audit: `Roll back to the last revision that pulled`. */
  readonly title: string;
  /** Whether it fits the cause and would help, in words for a button; cheap, asked at each look. */
  propose(context: RemedyContext): Proposal | undefined;
  /**
   * Exactly what it would do. The same context and choice give the same plan.
   * @param choice one of `choices`; `undefined` = the first
   */
  plan(context: RemedyContext, choice: string | undefined): Plan | NoPlan;
}
