import type { Config } from '../../config/config.ts';
import type { PublishJob, RefreshJob, RemedyJob } from '../../domain/jobs.ts';
import type { AlertSink } from '../../ports/alert-sink.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Clusters } from '../../ports/cluster.ts';
import type { IncidentStore } from '../../ports/incident-store.ts';
import type { JobQueue } from '../../ports/job-queue.ts';
import type { Log, Metrics } from '../../ports/log.ts';
import type { Registry } from '../../ports/registry.ts';
import type { RemedyStore } from '../../ports/remedy-store.ts';
import type { RegistryPatience } from './ask-registries.ts';

/** What a look needs. */
export interface LookDeps {
  readonly clusters: Clusters;
  readonly store: IncidentStore;
  readonly publishQueue: JobQueue<PublishJob>;
  /** Takes requests to refresh pull secrets of configured targets. Left out = nothing is repaired by itself. */
  readonly refreshQueue?: JobQueue<RefreshJob> | undefined;
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Where the audit learns what came of a remedy. Left out = it says only that it was applied. */
  readonly remedies?: Pick<RemedyStore, 'offer' | 'writeAudit'> | undefined;
  /** Where remedies that the policy lets run by themselves are begun. Left out = none is. */
  readonly auto?:
    | {
        readonly remedies: Pick<RemedyStore, 'ensureOffers' | 'offer' | 'saveOffer'>;
        readonly queue: JobQueue<RemedyJob>;
      }
    | undefined;
  /** Where `alertmanagers` are configured. */
  readonly alertSink?: AlertSink | undefined;
  /** Left out = no registry is asked. */
  readonly registry?: Registry | undefined;
  /** Only tests change it. */
  readonly registryPatience?: RegistryPatience | undefined;
  /** Opaque, unique. */
  readonly newId: () => string;
}
