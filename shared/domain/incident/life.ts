import type { Incident, IncidentState, Member } from '../incident.ts';
import type { Instant } from '../instant.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;

/** How long after its end an incident is looked at still: kubelets flip between two waiting reasons. */
const FLAP_WATCH_MS = 2 * MINUTE_MS;
/** While its events still come in: a first back-off of 10, 20 and 40 s, a rollout, a repair. */
const LIVELY_MS = 2 * MINUTE_MS;
/** A repair shows once the kubelet tries again: its longest back-off is 5 minutes. */
const LIVELY_REPAIR_MS = 10 * MINUTE_MS;
const CALM_MS = 60 * MINUTE_MS;

export function hasEnded({ state }: Pick<Incident, 'state'>): boolean {
  return state === 'recovered' || state === 'superseded' || state === 'gone';
}

/** How an incident ended, by its members; `undefined` while one of them fails. */
export function endOf(members: readonly Pick<Member, 'state'>[]): IncidentState | undefined {
  if (members.some(({ state }) => state === 'failing')) return undefined;
  if (members.some(({ state }) => state === 'running')) return 'recovered';
  return members.some(({ state }) => state === 'superseded') ? 'superseded' : 'gone';
}

/** The rhythm of what is lively, and of the checks that notice a change of all the rest (see `flows/check-cluster.ts`). */
export const CLOSE_PERIOD_MS = 10 * SECOND_MS;
/** The longest time between two looks at an open incident. */
export const LONGEST_PERIOD_MS = 5 * MINUTE_MS;

/**
 * How often an incident's scopes are looked at although no pod of theirs changed: every 10 s while something changed
 * within 2 minutes or a repair ran within 10, every minute within the hour, then every 5; after its end every 10 s for 2 minutes more, then never
 * (`undefined`).
 * @param timeScale multiplies all of it
 */
export function lookPeriodMs(
  incident: Pick<Incident, 'state' | 'changedAt' | 'endedAt'>,
  now: Instant,
  timeScale: number,
): number | undefined {
  if (hasEnded(incident)) {
    return isFlapWatched(incident, now, timeScale) ? CLOSE_PERIOD_MS * timeScale : undefined;
  }
  const quietMs = (now - incident.changedAt) / timeScale;
  if (quietMs < (incident.state === 'repairing' ? LIVELY_REPAIR_MS : LIVELY_MS)) return CLOSE_PERIOD_MS * timeScale;
  return (quietMs < CALM_MS ? MINUTE_MS : LONGEST_PERIOD_MS) * timeScale;
}

/** When the sweeper should look again; `undefined` = never. */
export function nextLookAt(
  incident: Pick<Incident, 'state' | 'changedAt' | 'endedAt'>,
  now: Instant,
  timeScale: number,
): Instant | undefined {
  const period = lookPeriodMs(incident, now, timeScale);
  return period === undefined ? undefined : now + period;
}

export function isFlapWatched({ endedAt }: Pick<Incident, 'endedAt'>, now: Instant, timeScale: number): boolean {
  return endedAt !== undefined && now < endedAt + FLAP_WATCH_MS * timeScale;
}
