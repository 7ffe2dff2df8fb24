import {
  createSqliteQueue,
  type SqliteQueue,
  type SqliteQueueOptions,
} from '../../shared/adapters/sqlite/sqlite-queue.ts';
import type { PublishJob, RefreshJob, RemedyJob, TriageQueueJob } from '../../shared/domain/jobs.ts';

type WorkQueueName = 'triage' | 'publish' | 'refresh' | 'remedies';
export type QueueName = WorkQueueName | `${WorkQueueName}-dead`;

/** The queues of serverless.yml, in one SQLite file. */
export interface Queues {
  readonly triage: SqliteQueue<TriageQueueJob>;
  readonly publish: SqliteQueue<PublishJob>;
  readonly refresh: SqliteQueue<RefreshJob>;
  readonly remedies: SqliteQueue<RemedyJob>;
  /** What could not be done, of each of the above. */
  readonly dead: readonly SqliteQueue<unknown>[];
  /** Jobs that wait, are delayed or are worked on, by queue. */
  count(): Promise<Readonly<Record<QueueName, number>>>;
}

/** As on SQS: a job that was handed out this often and not done goes to the dead-letter queue. */
const MAX_RECEIVES: Readonly<Record<WorkQueueName, number>> = { triage: 5, publish: 20, refresh: 5, remedies: 5 };

export function openQueues(options: Pick<SqliteQueueOptions, 'db' | 'clock' | 'onSend'>): Queues {
  const dead: SqliteQueue<unknown>[] = [];
  function open<Job>(name: WorkQueueName, isFifo = false): SqliteQueue<Job> {
    const deadLetterQueueName = `${name}-dead`;
    dead.push(createSqliteQueue({ ...options, name: deadLetterQueueName, isFifo }));
    return createSqliteQueue({ ...options, name, isFifo, maxReceiveCount: MAX_RECEIVES[name], deadLetterQueueName });
  }
  const work = {
    triage: open<TriageQueueJob>('triage'),
    publish: open<PublishJob>('publish', true),
    refresh: open<RefreshJob>('refresh'),
    remedies: open<RemedyJob>('remedies'),
  };
  return {
    ...work,
    dead,
    async count() {
      const all = [...Object.values(work), ...dead];
      const counts = await Promise.all(all.map(async (one) => [one.name, await one.count()] as const));
      return Object.fromEntries(counts) as Readonly<Record<QueueName, number>>;
    },
  };
}
