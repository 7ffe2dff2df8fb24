import { randomUUID } from 'node:crypto';
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { QueueError } from '../../domain/errors.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Clock } from '../../ports/clock.ts';
import type { JobQueue, JobSource, ReceivedJob, SendOptions } from '../../ports/job-queue.ts';
import { checkPostponement, encodeJob } from '../jobs/check-job.ts';
import { inTransaction } from './in-transaction.ts';
import { fromSqliteError } from './sqlite-errors.ts';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS jobs (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    queue TEXT NOT NULL,
    id TEXT NOT NULL,
    body TEXT NOT NULL,
    group_id TEXT,
    visible_at REAL NOT NULL,
    receive_count INTEGER NOT NULL,
    receipt TEXT,
    turn_at REAL NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX IF NOT EXISTS jobs_visible ON jobs (queue, visible_at);
  CREATE INDEX IF NOT EXISTS jobs_group ON jobs (queue, group_id, seq);
  CREATE UNIQUE INDEX IF NOT EXISTS jobs_receipt ON jobs (receipt) WHERE receipt IS NOT NULL;
  CREATE TABLE IF NOT EXISTS job_dedupe (
    queue TEXT NOT NULL,
    dedupe_id TEXT NOT NULL,
    until REAL NOT NULL,
    PRIMARY KEY (queue, dedupe_id)
  ) STRICT;
`;

/** SQS's deduplication interval. */
const DEDUPE_MS = 300_000;

/** How much later than it is visible a repeat takes its turn. It is no less than that, so that none waits for ever. */
const REPEAT_HANDICAP_MS = 30_000;

export interface SqliteQueueOptions {
  readonly db: DatabaseSync;
  /** Several queues live in one file. */
  readonly name: string;
  readonly clock: Clock;
  readonly isFifo?: boolean;
  /** A job that was handed out this often and comes back moves to the dead-letter queue, as with SQS. */
  readonly maxReceiveCount?: number;
  readonly deadLetterQueueName?: string;
  /**
   * Called after the commit whenever a job may have become ready to be received, so that its consumer need not poll.
   * @param queueName this queue's, or the dead-letter queue's when a job was moved there
   * @param visibleAt when it can be received
   */
  readonly onSend?: (queueName: string, visibleAt: Instant) => void;
}

/** The embedded engine's queue, both ends. */
export interface SqliteQueue<Job> extends JobQueue<Job>, JobSource {
  readonly name: string;
  /** When the next job can be received (in the past: now). `undefined` = the queue is empty. @throws {QueueError} */
  nextVisibleAt(): Promise<Instant | undefined>;
  /** Jobs not removed yet: waiting, delayed and being worked on. @throws {QueueError} */
  count(): Promise<number>;
}

/** A queue in the one SQLite file that behaves as SQS does; a job is on the disk when `send` returns. */
export function createSqliteQueue<Job>(options: SqliteQueueOptions): SqliteQueue<Job> {
  const { db, name, clock, isFifo = false, maxReceiveCount, deadLetterQueueName, onSend } = options;
  if ((maxReceiveCount === undefined) !== (deadLetterQueueName === undefined)) {
    throw new TypeError(`queue ${name}: maxReceiveCount and deadLetterQueueName belong together`);
  }
  db.exec(SCHEMA);
  addTurns(db);
  const insert = db.prepare(
    'INSERT INTO jobs (queue, id, body, group_id, visible_at, turn_at, receive_count) VALUES (?, ?, ?, ?, ?, ?, 0)',
  );
  const forgetDedupe = db.prepare('DELETE FROM job_dedupe WHERE until <= ?');
  const claimDedupe = db.prepare('INSERT OR IGNORE INTO job_dedupe VALUES (?, ?, ?)');
  // FIFO: a job waits while an earlier one of its group is still in the queue, worked on or not.
  const isFirst = isFifo
    ? 'AND NOT EXISTS (SELECT 1 FROM jobs WHERE queue = j.queue AND group_id = j.group_id AND seq < j.seq)'
    : '';
  const selectVisible = db.prepare(
    `SELECT * FROM jobs AS j WHERE queue = ? AND visible_at <= ? ${isFirst} ORDER BY turn_at, seq LIMIT ?`,
  );
  const handOut = db.prepare(
    'UPDATE jobs SET receipt = ?, visible_at = ?, receive_count = receive_count + 1 WHERE seq = ?',
  );
  const bury = db.prepare('UPDATE jobs SET queue = ?, visible_at = ?, receive_count = 0, receipt = NULL WHERE seq = ?');
  const deleteByReceipt = db.prepare('DELETE FROM jobs WHERE queue = ? AND receipt = ?');
  const postponeByReceipt = db.prepare(
    'UPDATE jobs SET visible_at = ? WHERE queue = ? AND receipt = ? AND visible_at > ?',
  );
  const selectNext = db.prepare(`SELECT min(visible_at) AS at FROM jobs AS j WHERE queue = ? ${isFirst}`);
  const selectCount = db.prepare('SELECT count(*) AS count FROM jobs WHERE queue = ?');

  function put(body: string, options: SendOptions, now: Instant): Instant | undefined {
    const { delaySeconds = 0, isRepeat = false, dedupeId, groupId } = options;
    if (dedupeId !== undefined && claimDedupe.run(name, dedupeId, now + DEDUPE_MS).changes === 0) return undefined;
    const visibleAt = now + delaySeconds * 1000;
    const id = randomUUID();
    // Without a group a FIFO job is in one of its own.
    const turnAt = isRepeat ? visibleAt + REPEAT_HANDICAP_MS : visibleAt;
    insert.run(name, id, body, isFifo ? (groupId ?? id) : null, visibleAt, turnAt);
    return visibleAt;
  }

  async function sendAll(jobs: Parameters<JobQueue<Job>['sendAll']>[0]): Promise<void> {
    const encoded = jobs.map(({ job, options = {} }) => ({ body: encodeJob(job, options, isFifo), options }));
    const sent = attempt(`send to ${name}`, () =>
      inTransaction(db, () => {
        const now = clock.now();
        forgetDedupe.run(now);
        return encoded.map(({ body, options }) => put(body, options, now));
      }),
    );
    for (const visibleAt of sent) if (visibleAt !== undefined) onSend?.(name, visibleAt);
  }

  return {
    name,
    sendAll,
    send: async (job, options = {}) => sendAll([{ job, options }]),

    async receive(limit, visibilitySeconds) {
      const now = clock.now();
      let buried = 0;
      const jobs = attempt(`receive from ${name}`, () =>
        inTransaction(db, () => {
          const received: ReceivedJob[] = [];
          while (received.length < limit) {
            const rows = selectVisible.all(name, now, limit - received.length);
            if (rows.length === 0) break;
            for (const row of rows) {
              if (maxReceiveCount !== undefined && Number(row['receive_count']) >= maxReceiveCount) {
                bury.run(deadLetterQueueName ?? null, now, row['seq'] ?? null);
                buried += 1;
                continue;
              }
              const receipt = randomUUID();
              handOut.run(receipt, now + visibilitySeconds * 1000, row['seq'] ?? null);
              received.push(toJob(row, receipt));
            }
            // Hidden for no time at all they would be found again at once.
            if (visibilitySeconds <= 0) break;
          }
          return received;
        }),
      );
      if (deadLetterQueueName !== undefined) for (let n = 0; n < buried; n += 1) onSend?.(deadLetterQueueName, now);
      return jobs;
    },

    async remove(receipt) {
      const { changes } = attempt(`remove from ${name}`, () => deleteByReceipt.run(name, receipt));
      // The next of its group can be received now.
      if (isFifo && changes > 0) onSend?.(name, clock.now());
    },

    async postpone(receipt, seconds) {
      checkPostponement(seconds);
      const now = clock.now();
      const visibleAt = now + seconds * 1000;
      const { changes } = attempt(`postpone in ${name}`, () => postponeByReceipt.run(visibleAt, name, receipt, now));
      if (changes === 0) {
        throw new QueueError(`postpone in ${name}: the job is no longer held under this receipt`, { retry: 'give-up' });
      }
      onSend?.(name, visibleAt);
    },

    async nextVisibleAt() {
      const at = attempt(`read ${name}`, () => selectNext.get(name))?.['at'];
      return typeof at === 'number' ? at : undefined;
    },

    async count() {
      return Number(attempt(`count ${name}`, () => selectCount.get(name))?.['count']);
    },
  };
}

/** A file of an earlier version has jobs without a turn: they come first. */
function addTurns(db: DatabaseSync): void {
  const columns = db.prepare("SELECT name FROM pragma_table_info('jobs')").all();
  if (columns.some(({ name }) => name === 'turn_at')) return;
  db.exec('ALTER TABLE jobs ADD COLUMN turn_at REAL NOT NULL DEFAULT 0');
}

function toJob(row: Record<string, SQLOutputValue>, receipt: string): ReceivedJob {
  const groupId = row['group_id'];
  return {
    id: String(row['id']),
    receipt,
    body: String(row['body']),
    receiveCount: Number(row['receive_count']) + 1,
    groupId: typeof groupId === 'string' ? groupId : undefined,
  };
}

function attempt<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw fromSqliteError(QueueError, what, error);
  }
}
