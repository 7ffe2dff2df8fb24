import type { Finding } from '../finding.ts';
import type { Incident, Member } from '../incident.ts';
import type { Observation } from './observation.ts';
import { compareFindings, isUnknown, slotOfMember } from './slot.ts';

/**
 * The slot follows the cause once all failing members agree on another one that nobody holds; those that do not know
 * their cause abstain. While members disagree the incident stays where it is: it is one message.
 */
export function slotFor(before: Incident, failing: readonly Member[], { cluster, isSlotTaken }: Observation): string {
  const informed = failing.filter(({ findings }) => !isUnknown(findings[0]));
  const voters = informed.length > 0 ? informed : failing;
  const votes = new Set(voters.map((member) => slotOfMember(cluster, member)));
  const [vote] = votes;
  if (votes.size !== 1 || vote === undefined || vote === before.slot || isSlotTaken(vote)) return before.slot;
  return vote;
}

/** The finding that speaks for all: of the incident's own slot if there is one; the surest; the one told so far. */
export function bestOf(
  failing: readonly Member[],
  slot: string | undefined,
  told: Finding | undefined,
): Finding | undefined {
  const all = failing.flatMap(({ findings }) => findings.slice(0, 1));
  const own = slot === undefined ? [] : all.filter((finding) => slot.endsWith(`|${finding.family}|${finding.subject}`));
  const candidates = (own.length > 0 ? own : all).toSorted(compareFindings);
  const [surest] = candidates;
  if (surest === undefined) return undefined;
  const isTold = (finding: Finding) => finding.causeId === told?.causeId && finding.subject === told.subject;
  return (
    candidates.find((finding) => isTold(finding) && finding.confidence === surest.confidence && !isUnknown(finding)) ??
    surest
  );
}

/** Another incident has the slot of this member's cause: it moves there once two looks 30 s apart agree. */
export function withDrift(
  member: Member,
  cluster: string,
  slot: string,
  { observedAt, isSlotTaken }: Observation,
): Member {
  const own = slotOfMember(cluster, member);
  if (member.state !== 'failing' || own === undefined || own === slot || !isSlotTaken(own)) {
    return member.drift === undefined ? member : { ...member, drift: undefined };
  }
  return member.drift?.slot === own ? member : { ...member, drift: { slot: own, since: observedAt } };
}
