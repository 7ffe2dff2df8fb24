import type { Instant } from '../instant.ts';
import type { RefreshMemory } from './refresh-memory.ts';

/** How the refresh of one cluster stands, in numbers for alarms. */
export interface RefreshHealth {
  readonly cluster: string;
  /** Since the end of the last run of which not all failed; since the first run began where there was none. */
  readonly secondsSinceSuccess: number;
  /** Until the first token ends that a target keeps fresh, negative once it has; `undefined` = none is known. */
  readonly minimumLifeLeftSeconds: number | undefined;
  /** Of the last run that came to its end. */
  readonly secrets: number;
  readonly failed: number;
}

/** @param memory `undefined`: no run has begun yet, which is no age */
export function judgeRefreshHealth(cluster: string, memory: RefreshMemory | undefined, now: Instant): RefreshHealth {
  const since = memory?.lastSuccessAt ?? memory?.firstRunAt ?? now;
  return {
    cluster,
    secondsSinceSuccess: Math.max(0, Math.round((now - since) / 1_000)),
    minimumLifeLeftSeconds: memory?.endsAt === undefined ? undefined : Math.round((memory.endsAt - now) / 1_000),
    secrets: memory?.secrets ?? 0,
    failed: memory?.failed ?? 0,
  };
}
