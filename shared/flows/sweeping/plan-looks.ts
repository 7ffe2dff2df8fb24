import { CLOSE_PERIOD_MS, hasEnded, LONGEST_PERIOD_MS, lookPeriodMs } from '../../domain/incident/life.ts';
import type { Incident } from '../../domain/incident.ts';
import type { Instant } from '../../domain/instant.ts';
import type { TriageQueueJob } from '../../domain/jobs.ts';
import { type Scope, scopeKey } from '../../domain/scope.ts';
import type { SendOptions } from '../../ports/job-queue.ts';
import { HOUR_MS, MINUTE_MS, type SweepDeps } from './sweep-deps.ts';

/** What one sweep takes on; the next one is a minute away. */
const MAX_SCOPES = 2_000;

/** The next minute's looks of one scope, in whole seconds from the sweep. */
export interface ScopePlan {
  readonly scope: Scope;
  /** Whether one of its incidents has not ended. */
  readonly isOpen: boolean;
  readonly delays: readonly number[];
}

/** A look or check with its delay, as the triage queue takes it. */
export interface DelayedJob {
  readonly job: TriageQueueJob;
  readonly options: SendOptions;
}

/**
 * Every scope with an open incident (or one that ended a moment ago), each at its own rhythm. A scope that needs no look
 * within the minute stands there without delays.
 * @returns by `scopeKey`
 */
export async function planLooks({ store, config }: SweepDeps, now: Instant): Promise<ReadonlyMap<string, ScopePlan>> {
  const { timeScale } = config.limits;
  const horizonMs = MINUTE_MS * timeScale;
  // No open incident waits longer for its next look: these are all.
  const open = await store.dueScopes(now + Math.max(LONGEST_PERIOD_MS * timeScale, horizonMs), MAX_SCOPES);
  const plans = new Map<string, ScopePlan>();
  for (const { scope, incident } of open) {
    if (isForgotten(incident, now)) {
      await stopLooking(incident.id, store, now);
      continue;
    }
    const delays = lookDelays(incident, now, horizonMs, timeScale);
    const planned = plans.get(scopeKey(scope));
    plans.set(scopeKey(scope), {
      scope,
      isOpen: !hasEnded(incident) || planned?.isOpen === true,
      // A look serves every incident of its scope: the liveliest sets the rhythm.
      delays: planned === undefined || delays.length > planned.delays.length ? delays : planned.delays,
    });
  }
  return plans;
}

/** Seconds from now; queues delay by whole seconds. */
function lookDelays(incident: Incident, now: Instant, horizonMs: number, timeScale: number): readonly number[] {
  // One that ended unseen (its cluster was blind) must be looked at once, so that its looks can end.
  const periodMs = lookPeriodMs(incident, now, timeScale) ?? (hasEnded(incident) ? horizonMs : undefined);
  if (periodMs === undefined) return [];
  return delaysWithin(Math.max(0, incident.lastLookAt + periodMs - now), periodMs, horizonMs);
}

/** The closest rhythm over the next minute, from now on. */
export function closeDelays(timeScale: number): readonly number[] {
  return delaysWithin(0, CLOSE_PERIOD_MS * timeScale, MINUTE_MS * timeScale);
}

function delaysWithin(firstMs: number, periodMs: number, horizonMs: number): readonly number[] {
  const delays = new Set<number>();
  for (let afterMs = firstMs; afterMs < horizonMs; afterMs += periodMs) delays.add(Math.round(afterMs / 1_000));
  return [...delays];
}

/** A look at what is known: it may wait behind those at what is not. */
export function repeatedLook(scope: Scope, now: Instant, delaySeconds: number): DelayedJob {
  const { job } = firstLook(scope, now + delaySeconds * 1_000);
  return { job, options: { delaySeconds, isRepeat: true } };
}

/** A look at what nobody knows yet. */
export function firstLook(scope: Scope, hintedAt: Instant): DelayedJob {
  return {
    job: {
      kind: 'look',
      scope,
      hintedAt,
      from: 'sweep',
      alerts: [],
      alertCount: 0,
      isClusterAssumed: false,
    },
    options: { delaySeconds: 0 },
  };
}

/** It ended where nobody could look again within the hour (its cluster was blind): nobody will. */
function isForgotten(incident: Incident, now: Instant): boolean {
  return hasEnded(incident) && incident.endedAt !== undefined && now - incident.endedAt > HOUR_MS;
}

async function stopLooking(id: string, store: SweepDeps['store'], now: Instant): Promise<void> {
  const loaded = await store.load(id);
  if (loaded === undefined || !isForgotten(loaded.incident, now)) return;
  // Not worth publishing: the revision stays. On a conflict the next sweep finds it again.
  await store.commit({
    incident: loaded.incident,
    expectedRevision: loaded.incident.revision,
    slices: [],
    removedNamespaces: [],
    releasedSlot: undefined,
    now,
    nextLookAt: undefined,
  });
}
