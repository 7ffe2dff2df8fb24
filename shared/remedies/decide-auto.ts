import type { PolicyConfig } from '../config/policy.ts';
import { isRepairing } from '../domain/incident/secret-repair.ts';
import type { Member } from '../domain/incident.ts';
import type { Instant } from '../domain/instant.ts';
import { heldBackUntil } from '../domain/refresh/write-caps.ts';
import type { RemedyId } from '../domain/remedy/proposal.ts';
import { MAX_RUNS, type RemedyRun } from '../domain/remedy/run.ts';
import { isAuto } from './policy.ts';

/** A remedy that runs by itself for these members. */
export interface AutoRun {
  readonly remedyId: RemedyId;
  readonly label: string;
  /** Keys, sorted. */
  readonly members: readonly string[];
  readonly namespaces: readonly string[];
}

export interface AutoQuestion {
  readonly policy: PolicyConfig;
  readonly cluster: string;
  /** Of one incident, with what the look proposes. */
  readonly members: readonly Member[];
  /** Remedies that were used in this incident. */
  readonly runs: readonly RemedyRun[];
  readonly now: Instant;
}

/** What takes nothing away that works; the configuration takes no others for `auto`. */
const MAY_BE_AUTO: readonly RemedyId[] = ['refresh-pull-secret', 'retry-now'];

/**
 * What of an incident is repaired without a person: the first proposal of each failing member whose rule says so, where
 * waiting does not heal it. Each object at most once in 30 minutes and three times in 12 h; pods of a workload are
 * retried once an incident. Against a cause that stays, trying on would never end. An incident whose memory of uses is full
 * is left to people: what it forgot may have been a use on the very same object.
 */
export function decideAuto(question: AutoQuestion): readonly AutoRun[] {
  if (question.runs.length >= MAX_RUNS) return [];
  const chosen = question.members.flatMap((member) => {
    const proposal = firstAuto(member, question);
    return proposal === undefined ? [] : [{ member, proposal }];
  });
  return MAY_BE_AUTO.flatMap((remedyId) => {
    const group = chosen.filter(({ proposal }) => proposal.remedyId === remedyId);
    const [first] = group;
    if (first === undefined) return [];
    const members = group.map(({ member }) => member.key).sort();
    const namespaces = [...new Set(group.map(({ member }) => member.namespace))].sort();
    return [{ remedyId, label: first.proposal.label, members, namespaces }];
  });
}

function firstAuto(member: Member, { policy, cluster, runs, now }: AutoQuestion) {
  if (member.state !== 'failing' || member.findings[0]?.healsByWaiting === 'yes') return undefined;
  // The refresh of targets is at it already.
  if (member.repair !== undefined && isRepairing(member.repair, now)) return undefined;
  const own = runs.filter(({ members }) => members.some((key) => workloadOf(key) === workloadOf(member.key)));
  if (own.some(({ state }) => state === 'applying' || state === 'applied')) return undefined;
  return member.proposals?.find(
    ({ remedyId, gitFix }) =>
      gitFix === undefined &&
      MAY_BE_AUTO.includes(remedyId) &&
      isAuto(policy, remedyId, cluster, [member.namespace]) &&
      isWithinCaps(remedyId, own, now),
  );
}

function isWithinCaps(remedyId: RemedyId, runs: readonly RemedyRun[], now: Instant): boolean {
  const byItself = runs.filter((run) => run.by === 'policy');
  if (remedyId === 'retry-now' && byItself.some((run) => run.remedyId === 'retry-now')) return false;
  const at = byItself.map(({ startedAt }) => startedAt);
  return heldBackUntil(at, now) === undefined;
}

/** `namespace/Kind/name` of a member's key. */
function workloadOf(key: string): string {
  return key.slice(0, key.lastIndexOf('/'));
}
