import { failingDigests } from '../../domain/incident/failing-digests.ts';
import { hasEnded } from '../../domain/incident/life.ts';
import { membersIn } from '../../domain/incident/members-in.ts';
import type { LoadedIncident } from '../../domain/incident.ts';
import type { Instant } from '../../domain/instant.ts';
import type { PullFailure } from '../../domain/pull-failure.ts';
import { closeDelays, type DelayedJob, repeatedLook, type ScopePlan } from './plan-looks.ts';
import { MINUTE_MS, type SweepDeps } from './sweep-deps.ts';

/** What the list of pending pods said, and what is known of the namespaces in it. */
export interface PendingWord {
  readonly cluster: string;
  readonly failures: readonly PullFailure[];
  readonly known: ReadonlyMap<string, readonly LoadedIncident[]>;
}

/**
 * Sees to it that a repaired pod is noticed within 10 s in every namespace with an open incident, however quiet:
 * - lively ones are looked at that often anyway;
 * - where the list of pending pods shows every pod that an incident tells of, checks of that list do for all together;
 * - where it does not (a pod that healed a moment ago, one that runs with a changed image, a stalled download, a rollout
 *   that goes on without failing pods), the namespace itself is looked at;
 * - what this sweep found is looked at now, and checked until the next sweep knows its incident.
 */
export async function watchOpen(
  { cluster, failures, known }: PendingWord,
  { plans, found }: { readonly plans: ReadonlyMap<string, ScopePlan>; readonly found: readonly string[] },
  { triageQueue, config, metrics }: Pick<SweepDeps, 'triageQueue' | 'config' | 'metrics'>,
  now: Instant,
): Promise<void> {
  const { timeScale } = config.limits;
  const digests = failingDigests(failures);
  const delays = closeDelays(timeScale);
  const watched: Record<string, string> = Object.fromEntries(
    found.flatMap((namespace) => {
      const digest = digests.get(namespace);
      return digest === undefined ? [] : [[namespace, digest]];
    }),
  );
  const jobs: DelayedJob[] = [];
  for (const { scope, isOpen, delays: planned } of plans.values()) {
    // The last look of a lively scope may be due a moment after the minute.
    const isLively = planned.length >= delays.length - 1;
    if (scope.kind !== 'namespace' || scope.cluster !== cluster || !isOpen || isLively) continue;
    const digest = digests.get(scope.namespace);
    if (digest !== undefined && isListed(scope.namespace, failures, known.get(scope.namespace) ?? [])) {
      watched[scope.namespace] = digest;
    } else {
      const missing = delays.filter((delaySeconds) => !planned.includes(delaySeconds));
      jobs.push(...missing.map((delaySeconds) => repeatedLook(scope, now, delaySeconds)));
    }
  }
  if (Object.keys(watched).length > 0) {
    // One more than the minute has: a sweep that comes late leaves no gap.
    const checks = [...delays.slice(1), Math.round((MINUTE_MS * timeScale) / 1_000)];
    for (const delaySeconds of new Set(checks)) {
      const job = { kind: 'check' as const, cluster, hintedAt: now + delaySeconds * 1_000, watched };
      jobs.push({ job, options: { delaySeconds, isRepeat: true } });
    }
  }
  if (jobs.length === 0) return;
  await triageQueue.sendAll(jobs);
  metrics.count('LooksScheduled', jobs.length);
}

/** Whether every failing pod that an open incident tells of in that namespace fails by the list too. */
function isListed(namespace: string, failures: readonly PullFailure[], known: readonly LoadedIncident[]): boolean {
  const listed = new Set(failures.filter((one) => one.namespace === namespace).map(({ pod }) => pod?.name));
  const open = known.filter(({ incident }) => !hasEnded(incident));
  return membersIn(open, namespace)
    .filter(({ state }) => state === 'failing')
    .every(({ pods }) => pods.length > 0 && pods.every(({ name }) => listed.has(name)));
}
