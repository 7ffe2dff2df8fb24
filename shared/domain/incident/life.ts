import type { Incident, IncidentState, Member } from '../incident.ts';
import type { Instant } from '../instant.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;

/** How long after its end an incident is looked at still: kubelets flip between two waiting reasons. */
const FLAP_WATCH_MS = 2 * MINUTE_MS;
const LIVELY_MS = 10 * MINUTE_MS;
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

/**
 * How often an incident's scopes are looked at: every 10 s while something changed within 10 minutes, every minute
 * within the hour, then every 5; after its end for 2 minutes more, then never (`undefined`).
 * @param timeScale multiplies all of it
 */
export function lookPeriodMs(
  incident: Pick<Incident, 'state' | 'changedAt' | 'endedAt'>,
  now: Instant,
  timeScale: number,
): number | undefined {
  if (hasEnded(incident)) {
    return isFlapWatched(incident, now, timeScale) ? 10 * SECOND_MS * timeScale : undefined;
  }
  const quietMs = (now - incident.changedAt) / timeScale;
  if (quietMs < LIVELY_MS) return 10 * SECOND_MS * timeScale;
  return (quietMs < CALM_MS ? MINUTE_MS : 5 * MINUTE_MS) * timeScale;
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
