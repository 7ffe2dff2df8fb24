import type { Finding } from '../finding.ts';
import type { Incident, LoadedIncident, Member } from '../incident.ts';
import { identityOf } from './report.ts';

/** Whether somebody who reads the message would see a difference: counts of tries and times of looks are none. */
export function isWorthPublishing(before: LoadedIncident, after: LoadedIncident): boolean {
  return differs(incidentWord(before.incident), incidentWord(after.incident)) || haveMembersChanged(before, after);
}

/** Members, cause or state: what makes an incident lively. */
export function hasChanged(before: LoadedIncident, after: LoadedIncident): boolean {
  const core = ({ state, slot, best, runs }: Incident) => [state, slot, findingWord(best), runs ?? []];
  return differs(core(before.incident), core(after.incident)) || haveMembersChanged(before, after);
}

function haveMembersChanged(before: LoadedIncident, after: LoadedIncident): boolean {
  const words = ({ slices }: LoadedIncident) =>
    slices
      .flatMap(({ members }) => members)
      .sort((a, b) => (a.key < b.key ? -1 : 1))
      .map(memberWord);
  return differs(words(before), words(after));
}

function incidentWord({ state, slot, best, from, alerts, isClusterAssumed, notes, scopes, runs }: Incident): unknown {
  return [
    state,
    slot,
    findingWord(best),
    from,
    alerts.map(identityOf),
    isClusterAssumed,
    notes.map(({ key }) => key),
    scopes,
    runs ?? [],
  ];
}

/** The waiting reason flips at every retry, and texts hold ports and request ids: neither is news. */
function memberWord(member: Member): unknown {
  const { key, state, image, pods, failingPods, runningPods, findings, gaps, repair, rollout, routing } = member;
  const proposals = member.proposals?.map(({ remedyId, label, gitFix, warning }) => [remedyId, label, gitFix, warning]);
  return [
    key,
    state,
    image,
    pods.map(({ name, node }) => [name, node]),
    failingPods,
    runningPods,
    findings.map(findingWord),
    gaps.map(({ what }) => what),
    repair,
    // Whoever writes the workload for another reason moves this time.
    rollout && { ...rollout, imageSetAt: undefined },
    routing,
    proposals,
  ];
}

function findingWord({ causeId, detail, confidence, family, subject, phrase, fixes }: Finding): unknown {
  return [causeId, detail, confidence, family, subject, phrase, fixes.map(({ id }) => id)];
}

/** `undefined` and absent are the same after a trip through a store. */
function differs(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) !== JSON.stringify(b);
}
