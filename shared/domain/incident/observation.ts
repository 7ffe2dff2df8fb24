import type { Member } from '../incident.ts';
import type { Instant } from '../instant.ts';
import type { Verdict } from './judge-member.ts';
import type { Report } from './report.ts';
import type { MemberRepair } from './secret-repair.ts';

/** What one look of one namespace says to one incident. */
export interface Observation {
  readonly cluster: string;
  readonly namespace: string;
  /** Start of the look. */
  readonly observedAt: Instant;
  /** Members of this incident that fail now. */
  readonly failing: readonly Member[];
  /** What became of those that do not. */
  readonly judge: (member: Member) => Verdict;
  /** Keys of members that go on in another incident. */
  readonly movedAway: ReadonlySet<string>;
  readonly report: Report;
  /** How the automatic repair of a member's pull secret stands; `undefined` = there is none. */
  readonly repairOf: (member: Member) => MemberRepair | undefined;
  /** Whether another incident holds that slot. */
  readonly isSlotTaken: (slot: string) => boolean;
  /** For an incident that does not exist yet. */
  readonly newId: string;
  readonly timeScale: number;
}
