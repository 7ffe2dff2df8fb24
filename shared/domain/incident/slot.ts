import type { Confidence, Finding } from '../finding.ts';
import type { Member } from '../incident.ts';

/** Incidents gather by (cluster, cause family, subject): at most one open incident holds a slot. */
export function slotOf(cluster: string, finding: Pick<Finding, 'family' | 'subject'>): string {
  return `${cluster}|${finding.family}|${finding.subject}`;
}

/** Where a member's own best finding would put it. */
export function slotOfMember(cluster: string, member: Member): string | undefined {
  const best = member.findings[0];
  return best === undefined ? undefined : slotOf(cluster, best);
}

export function isUnknown(finding: Pick<Finding, 'causeId'> | undefined): boolean {
  return finding === undefined || finding.causeId === 'unknown';
}

const RANKS: Readonly<Record<Confidence, number>> = { certain: 0, likely: 1, possible: 2 };

/** Sorts the surer first; what is unknown comes last, however sure of that. */
export function compareFindings(a: Finding, b: Finding): number {
  return (
    Number(isUnknown(a)) - Number(isUnknown(b)) ||
    RANKS[a.confidence] - RANKS[b.confidence] ||
    (a.causeId < b.causeId ? -1 : a.causeId > b.causeId ? 1 : 0)
  );
}
