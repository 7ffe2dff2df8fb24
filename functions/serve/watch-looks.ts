import type { Instant } from '../../shared/domain/instant.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { IncidentStore } from '../../shared/ports/incident-store.ts';

/** Remembers when each cluster was last read with success: by a look, or by the sweeper's list. */
export interface LookWatch {
  readonly wrap: (store: IncidentStore) => IncidentStore;
  /** Whole seconds since then; since the start of this process where there was none yet. */
  secondsSince(cluster: string): number;
}

export function watchLooks(clock: Clock): LookWatch {
  const startedAt = clock.now();
  const seenAt = new Map<string, Instant>();
  return {
    wrap: (store) => ({
      ...store,
      async finishLook(scope, look) {
        if (look.isSuccess) seenAt.set(scope.cluster, clock.now());
        return store.finishLook(scope, look);
      },
      // The sweep asks for it right after it has read the cluster.
      async blindness(cluster) {
        seenAt.set(cluster, clock.now());
        return store.blindness(cluster);
      },
    }),
    secondsSince: (cluster) => Math.max(0, Math.round((clock.now() - (seenAt.get(cluster) ?? startedAt)) / 1_000)),
  };
}
