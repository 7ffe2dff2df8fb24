import type { Config } from '../../config/config.ts';
import type { PublishJob, RemedyJob, TriageQueueJob } from '../../domain/jobs.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Dialogs, DialogView } from '../../ports/dialogs.ts';
import type { IncidentStore } from '../../ports/incident-store.ts';
import type { JobQueue } from '../../ports/job-queue.ts';
import type { Log, Metrics } from '../../ports/log.ts';
import type { RemedyStore } from '../../ports/remedy-store.ts';

/** What accepting an action needs. */
export interface ActionDeps {
  readonly config: Config;
  readonly store: IncidentStore;
  readonly remedies: RemedyStore;
  readonly dialogs: Dialogs;
  readonly remedyQueue: JobQueue<RemedyJob>;
  readonly triageQueue: JobQueue<TriageQueueJob>;
  readonly publishQueue: JobQueue<PublishJob>;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** What Slack is answered: nothing for a click; for a submitted dialog, what becomes of it. */
export type ActionAnswer =
  | { readonly kind: 'nothing' }
  /** The dialog stays, with a word below each of these inputs. */
  | { readonly kind: 'errors'; readonly errors: Readonly<Record<string, string>> }
  | { readonly kind: 'show'; readonly view: DialogView };

export const NOTHING: ActionAnswer = { kind: 'nothing' };
