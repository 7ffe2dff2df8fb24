import type { LimitsConfig } from '../config/config.ts';
import { isUnderWay } from '../domain/incident/remedy-runs.ts';
import { PROOF_MS } from '../domain/incident/secret-repair.ts';
import type { Member } from '../domain/incident.ts';
import type { Instant } from '../domain/instant.ts';
import { failingMembers } from './harm.ts';
import type { IncidentView } from './incident-view.ts';
import { hasFailedRepair, waitsForProof } from './repair-view.ts';

const MINUTE_MS = 60_000;
/** What waiting cannot heal, when nobody asked yet: long enough for a person to mend a typo unseen. */
const CANNOT_HEAL_MS = MINUTE_MS;
/** A missing tag or digest may be pushed a moment later. */
const PERHAPS_MS = 3 * MINUTE_MS;
/** 429, 5xx, timeouts, resets, DNS: whoever found it. */
const MAY_HEAL_MS = 5 * MINUTE_MS;
/** Failed tries that a cause that may heal must have had. */
const MAY_HEAL_TRIES = 3;
/** Tries are counted from events, which expire: after this it is told whatever the count says. */
const MAY_HEAL_LIMIT_MS = 2 * MAY_HEAL_MS;
const PROOF_REASON = 'a repair is being proven';
/** How soon to count tries again. */
const RECOUNT_MS = 30_000;
/** A node younger than this may still be setting itself up. */
const YOUNG_NODE_MS = 5 * MINUTE_MS;

/** When an incident may be told at the earliest, and why. An `until` in the past means now. */
export interface Grace {
  readonly until: Instant;
  readonly reason: string;
  /** The success of a repair is waited for. */
  readonly isProof?: boolean;
}

/** The soonest of its failing members' graces, each counted from its first failed pull. */
export function graceOf(view: IncidentView, limits: LimitsConfig, now: Instant): Grace {
  const isWaiting = (member: Member) => proofOf(member, view, limits.timeScale, now) !== undefined;
  if (view.failing.some((one) => one.harm === 'down' && !failingMembers([one]).every(isWaiting))) {
    return { until: now, reason: 'nobody serves where something served before' };
  }
  const isAlerted = view.incident.from === 'alert' || view.incident.alerts.some(({ status }) => status === 'firing');
  const graces = failingMembers(view.failing).map((member) =>
    memberGrace(member, view, isAlerted, limits.timeScale, now),
  );
  return graces.sort((a, b) => a.until - b.until)[0] ?? { until: now, reason: 'nothing to wait for' };
}

function memberGrace(member: Member, view: IncidentView, isAlerted: boolean, scale: number, now: Instant): Grace {
  const since = member.firstFailedAt ?? view.incident.firstFailedAt;
  const heals = member.findings[0]?.healsByWaiting ?? view.best.healsByWaiting;
  const base = hasFailedRepair(member)
    ? { until: since, reason: 'its repair failed: somebody has to do something' }
    : causeGrace(heals, isAlerted, member.tries, since, scale, now);
  const young = isOnYoungNodes(member, since, scale) && base.until > since ? YOUNG_NODE_MS * scale : 0;
  const grace = young === 0 ? base : { until: base.until + young, reason: `${base.reason}, on a node that is new` };
  const { muteUntil } = member.routing;
  const proof = proofOf(member, view, scale, now);
  // Nobody is to be woken for what mends itself within moments, and nobody left in the dark for longer.
  const patient =
    proof === undefined || proof <= grace.until ? grace : { until: proof, reason: PROOF_REASON, isProof: true };
  // A silence binds what pullmedic found by itself; an alert that came through was not silenced.
  if (isAlerted || muteUntil === undefined || muteUntil <= patient.until) return patient;
  return { until: muteUntil, reason: 'muted by annotation' };
}

/** Until when the success of what pullmedic did by itself is waited for: of its refresh, or of a rule of mode `auto`. */
function proofOf(member: Member, { runs }: IncidentView, scale: number, now: Instant): Instant | undefined {
  const run = runs.findLast((one) => one.by === 'policy' && one.members.includes(member.key));
  const isOpen = run !== undefined && isUnderWay(run, runs);
  const until = isOpen ? run.startedAt + PROOF_MS * scale : undefined;
  return until !== undefined && until > now ? until : waitsForProof(member, scale, now);
}

function causeGrace(
  heals: 'no' | 'perhaps' | 'yes',
  isAlerted: boolean,
  tries: number,
  since: Instant,
  scale: number,
  now: Instant,
): Grace {
  if (heals === 'yes') {
    const until = since + MAY_HEAL_MS * scale;
    if (until > now || tries >= MAY_HEAL_TRIES) return { until, reason: 'may heal by waiting' };
    const limit = since + MAY_HEAL_LIMIT_MS * scale;
    return {
      until: Math.min(limit, now + RECOUNT_MS * scale),
      reason: 'may heal by waiting: fewer than 3 failed tries',
    };
  }
  if (isAlerted) return { until: since, reason: 'an alert asked, and waiting does not heal it' };
  if (heals === 'perhaps') return { until: since + PERHAPS_MS * scale, reason: 'may be pushed still' };
  return { until: since + CANNOT_HEAL_MS * scale, reason: 'waiting does not heal it' };
}

function isOnYoungNodes(member: Member, since: Instant, scale: number): boolean {
  return (
    member.pods.length > 0 &&
    member.pods.every(
      ({ nodeCreatedAt }) => nodeCreatedAt !== undefined && since - nodeCreatedAt < YOUNG_NODE_MS * scale,
    )
  );
}
