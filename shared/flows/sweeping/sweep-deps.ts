import type { Config } from '../../config/config.ts';
import type { PublishJob, RemedyJob, TriageQueueJob } from '../../domain/jobs.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Clusters } from '../../ports/cluster.ts';
import type { IncidentStore } from '../../ports/incident-store.ts';
import type { JobQueue } from '../../ports/job-queue.ts';
import type { Log, Metrics } from '../../ports/log.ts';
import type { RemedyStore } from '../../ports/remedy-store.ts';

/** What a sweep needs. */
export interface SweepDeps {
  readonly store: IncidentStore;
  readonly triageQueue: JobQueue<TriageQueueJob>;
  readonly publishQueue: JobQueue<PublishJob>;
  /** What was confirmed and not ended, and where it is asked for again. */
  readonly remedies: Pick<RemedyStore, 'stuckOffers'>;
  readonly remedyQueue: JobQueue<RemedyJob>;
  readonly clusters: Clusters;
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const PORT_TIMEOUT_MS = 15_000;
