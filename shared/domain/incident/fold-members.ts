import type { Incident, IncidentNote, Member } from '../incident.ts';
import type { Instant } from '../instant.ts';
import type { Verdict } from './judge-member.ts';
import { hasEnded } from './life.ts';
import { mergeFailing } from './merge-member.ts';
import { isRolledBack, pulledKey, pulledNote } from './notes.ts';
import type { Observation } from './observation.ts';
import { watchedUntil } from './watched-image.ts';

/** A container that got its image and still is not up is given this long before the incident lets go of it. */
const PULLED_LIMIT_MS = 10 * 60_000;

/** A namespace's members of one incident after a look. */
export interface FoldedMembers {
  readonly members: readonly Member[];
  readonly joined: readonly Member[];
  readonly rolledBack: readonly { readonly member: Member; readonly image: string }[];
  readonly notes: readonly IncidentNote[];
}

/** Each known member gets the newest word on it; those that fail and were not known join. */
export function foldMembers(
  known: readonly Member[],
  observation: Observation,
  incident: Incident,
  now: Instant,
): FoldedMembers {
  const fresh = new Map(observation.failing.map((member) => [member.key, member]));
  const rolledBack: { member: Member; image: string }[] = [];
  const notes: IncidentNote[] = [];
  const members = known.map((member): Member => {
    if (member.observedAt > observation.observedAt) return member;
    const failing = fresh.get(member.key);
    if (failing !== undefined) return mergeFailing(member, failing);
    const at = { observedAt: observation.observedAt, drift: undefined };
    if (observation.movedAway.has(member.key)) return { ...member, ...at, state: 'superseded' };
    if (isBackAgain(member, observation)) return settled(member, observation.judge(member), 'running', observation);
    if (member.state !== 'failing' && !isStillWatched(member, incident, observation))
      return { ...member, observedAt: observation.observedAt };
    const verdict = observation.judge(member);
    if (verdict.state === 'running' && verdict.image !== undefined && isRolledBack(member, verdict)) {
      rolledBack.push({ member, image: verdict.image });
    }
    if (verdict.state === 'pulled') {
      const since = incident.notes.find(({ key }) => key === pulledKey(member))?.at;
      if (since === undefined) notes.push(pulledNote(member, now));
      else if (now - since >= PULLED_LIMIT_MS * observation.timeScale)
        return settled(member, verdict, 'superseded', observation);
    }
    return verdict.state === 'waiting' || verdict.state === 'pulled'
      ? stillWaiting(member, verdict, observation)
      : settled(member, verdict, verdict.state, observation);
  });
  const keys = new Set(known.map(({ key }) => key));
  const joined = observation.failing.filter(({ key }) => !keys.has(key));
  return { members: [...members, ...joined], joined, rolledBack, notes };
}

/** It runs, and what a remedy set of it may still be put back: each look judges it anew. */
function isStillWatched(member: Member, incident: Incident, { timeScale }: Observation): boolean {
  if (member.state !== 'running' || hasEnded(incident)) return false;
  return watchedUntil(member, incident.runs ?? [], timeScale) !== undefined;
}

/** Neither failing nor proven: it stays failing, with the numbers of now. */
function stillWaiting(member: Member, verdict: Verdict, { observedAt }: Observation): Member {
  return {
    ...member,
    state: 'failing',
    observedAt,
    failingPods: verdict.waitingPods === 0 ? Math.max(1, member.failingPods) : verdict.waitingPods,
    runningPods: verdict.runningPods,
    rollout: mergeRollout(member, verdict),
  };
}

function settled(
  member: Member,
  verdict: Verdict,
  state: 'running' | 'gone' | 'superseded',
  { observedAt }: Observation,
): Member {
  return {
    ...member,
    state,
    observedAt,
    reason: undefined,
    pods: [],
    failingPods: 0,
    runningPods: verdict.runningPods,
    rollout: mergeRollout(member, verdict),
    drift: undefined,
  };
}

/** The image before the failing one is known while both revisions are there. */
function mergeRollout(member: Member, { rollout }: Verdict): Member['rollout'] {
  if (rollout === undefined || member.rollout === undefined) return rollout ?? member.rollout;
  return { ...rollout, previousImage: rollout.previousImage ?? member.rollout.previousImage };
}

/** Deleted and made anew under its name (a bare pod, mostly), and it runs: that is a repair, told as one. */
export function isBackAgain(member: Member, { judge, observedAt }: Observation): boolean {
  return member.state === 'gone' && member.observedAt <= observedAt && judge(member).state === 'running';
}
