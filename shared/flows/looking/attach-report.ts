import { setTimeout as pause } from 'node:timers/promises';
import { hasEnded, nextLookAt } from '../../domain/incident/life.ts';
import { applyReport, type Report } from '../../domain/incident/report.ts';
import { isWorthPublishing } from '../../domain/incident/worth-publishing.ts';
import type { Member } from '../../domain/incident.ts';
import { commit } from './apply-observation.ts';
import type { LookDeps } from './look-deps.ts';

const MAX_ATTEMPTS = 10;
const BACK_OFF_MS = 40;

/**
 * Records alerts with the open incidents of a namespace that they are about, without a look: for hints that a look has
 * answered already, and for alerts of a node or a registry.
 * @param reportOn what of it is about these failing members of one incident; `undefined` = nothing
 */
export async function attachReport(
  where: { readonly cluster: string; readonly namespace: string },
  reportOn: (failing: readonly Member[]) => Report | undefined,
  deps: LookDeps,
): Promise<void> {
  const { store, clock, config } = deps;
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    let isConflict = false;
    for (const loaded of await store.incidentsIn(where.cluster, where.namespace, clock.now())) {
      const { incident } = loaded;
      const members = loaded.slices
        .flatMap((slice) => slice.members)
        .filter((member) => member.namespace === where.namespace && member.state === 'failing');
      if (hasEnded(incident) || members.length === 0) continue;
      const own = reportOn(members);
      if (own === undefined) continue;
      const after = applyReport(incident, own);
      if (!isWorthPublishing(loaded, { ...loaded, incident: after })) continue;
      const now = clock.now();
      const isDone = await commit(
        {
          incident: { ...after, revision: incident.revision + 1 },
          expectedRevision: incident.revision,
          slices: [],
          removedNamespaces: [],
          releasedSlot: undefined,
          now,
          nextLookAt: nextLookAt(after, now, config.limits.timeScale),
        },
        deps,
      );
      isConflict ||= !isDone;
    }
    if (!isConflict) return;
    await pause(Math.random() * BACK_OFF_MS * attempt);
  }
  // An alert is a hint: the incident and its message are there without it.
  deps.log.warn('alerts could not be recorded with their incidents', { ...where, attempts: MAX_ATTEMPTS });
}
