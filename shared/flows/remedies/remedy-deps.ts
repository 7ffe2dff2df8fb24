import type { Config } from '../../config/config.ts';
import type { PublishJob, RefreshJob } from '../../domain/jobs.ts';
import type { Clock } from '../../ports/clock.ts';
import type { RemedyClusters } from '../../ports/cluster-changer.ts';
import type { Dialogs } from '../../ports/dialogs.ts';
import type { IncidentStore } from '../../ports/incident-store.ts';
import type { JobQueue } from '../../ports/job-queue.ts';
import type { Log, Metrics } from '../../ports/log.ts';
import type { Registry } from '../../ports/registry.ts';
import type { RemedyStore } from '../../ports/remedy-store.ts';
import type { Silencer } from '../../ports/silencer.ts';
import type { RegistryPatience } from '../looking/ask-registries.ts';

/** What planning and applying a remedy needs. */
export interface RemedyDeps {
  readonly config: Config;
  readonly store: IncidentStore;
  readonly remedies: RemedyStore;
  /** As the remedy identity. */
  readonly clusters: RemedyClusters;
  readonly silencer: Silencer;
  readonly dialogs: Dialogs;
  /** Left out = no pull secret is refreshed here. */
  readonly refreshQueue?: JobQueue<RefreshJob> | undefined;
  readonly publishQueue: JobQueue<PublishJob>;
  /** Left out = no registry is asked. */
  readonly registry?: Registry | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** The job's message: the same for a re-delivery, so that a worker that died is followed at once. */
  readonly holder: string;
  /** Only tests change these. */
  readonly registryPatience?: RegistryPatience | undefined;
  readonly pause?: ((milliseconds: number) => Promise<unknown>) | undefined;
}
