import pLimit from 'p-limit';
import type { DiagnosedFailure } from '../../domain/incident/build-members.ts';
import { planPodNotes } from '../../domain/incident/pod-notes.ts';
import type { ClusterSnapshot } from '../../domain/snapshot.ts';
import type { LookDeps } from './look-deps.ts';

/** Writes side by side. */
const CONCURRENCY = 4;
/** What one look writes at most; the next one is seconds away. */
const MAX_NOTES = 12;

/**
 * Says the diagnosis on the pods themselves. It is a courtesy: a permission that is not granted is logged once, and
 * nothing here makes a look fail.
 */
export async function noteOnPods(
  { cluster, namespace }: { readonly cluster: string; readonly namespace: string },
  snapshot: ClusterSnapshot,
  diagnosed: readonly DiagnosedFailure[],
  deps: LookDeps,
): Promise<void> {
  const { clusters, config, clock, log, metrics } = deps;
  // Without the events of the namespace nobody knows what was said already.
  const isBlind = snapshot.gaps.some(({ what }) => what.startsWith('events '));
  if (clusters.noter === undefined || !config.events || isBlind) return;
  const notes = planPodNotes(diagnosed, snapshot.events, { now: clock.now(), timeScale: config.limits.timeScale });
  if (notes.length === 0) return;

  const noter = await clusters.noter(cluster);
  const limit = pLimit(CONCURRENCY);
  const results = await Promise.allSettled(
    notes.slice(0, MAX_NOTES).map((note) => limit(async () => ({ note, result: await noter.note(note) }))),
  );
  for (const outcome of results) {
    if (outcome.status === 'rejected') {
      metrics.count('PodEventsFailed');
      log.warn('an event was not written', { cluster, namespace, reason: String(outcome.reason) });
    } else if (outcome.value.result.ok) metrics.count('PodEventsWritten');
  }
  const refused = results.find((outcome) => outcome.status === 'fulfilled' && !outcome.value.result.ok);
  if (refused?.status === 'fulfilled' && !refused.value.result.ok) {
    metrics.count('PodEventsRefused');
    const isFirst = await deps.store.claimOnce(`events-refused/${cluster}/${namespace}`, clock.now());
    if (isFirst) log.warn('events may not be written', { cluster, namespace, ...refused.value.result.gap });
  }
}
