import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import {
  type BatchResultErrorEntry,
  ChangeMessageVisibilityCommand,
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { PullmedicError, QueueError } from '../../domain/errors.ts';
import type { JobQueue, JobVisibility, SendOptions } from '../../ports/job-queue.ts';
import { adviseRetry, errorName } from '../aws/advise-retry.ts';
import { withinTime } from '../aws/within-time.ts';
import { checkPostponement, encodeJob, MAX_JOB_BYTES } from '../jobs/check-job.ts';

/** SQS takes 10 jobs a batch. */
const MAX_BATCH = 10;

/** Tries for the entries of a batch that SQS did not take; the SDK retries whole calls by itself. */
const MAX_TRIES = 3;
const RETRY_PAUSE_MS = 100;

/** The distributed engine's queue. It is FIFO when its URL ends in `.fifo`, as every FIFO queue's does. */
export function createSqsQueue<Job>(options: {
  readonly client: SQSClient;
  readonly queueUrl: string;
}): JobQueue<Job> & JobVisibility {
  const { client, queueUrl } = options;
  const isFifo = queueUrl.endsWith('.fifo');
  const name = queueUrl.slice(queueUrl.lastIndexOf('/') + 1);

  /** @returns the entries that were refused */
  async function sendBatch(entries: readonly Entry[]): Promise<readonly BatchResultErrorEntry[]> {
    const command = new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: [...entries] });
    return attempt(`send to ${name}`, async () => {
      const { Failed = [] } = await withinTime((call) => client.send(command, call));
      return Failed;
    });
  }

  async function sendUntilTaken(entries: readonly Entry[]): Promise<void> {
    let left = entries;
    for (let tries = 1; ; tries += 1) {
      const failed = await sendBatch(left);
      if (failed.length === 0) return;

      const hopeless = failed.find(({ SenderFault }) => SenderFault === true);
      if (hopeless || tries === MAX_TRIES) {
        const reason = (hopeless ?? failed[0])?.Code ?? 'unknown';
        throw new QueueError(`send to ${name}: ${failed.length} of ${entries.length} jobs refused (${reason})`, {
          retry: hopeless ? 'give-up' : 'retry',
        });
      }
      const ids = new Set(failed.map(({ Id }) => Id));
      left = left.filter(({ Id }) => ids.has(Id));
      await pause(RETRY_PAUSE_MS * tries);
    }
  }

  async function sendAll(jobs: Parameters<JobQueue<Job>['sendAll']>[0]): Promise<void> {
    const entries = jobs.map(({ job, options: send = {} }, index) =>
      toEntry(String(index), encodeJob(job, send, isFifo), send, isFifo),
    );
    // One after another: on a FIFO queue the order of the calls is the order of the jobs.
    for (const batch of inBatches(entries)) await sendUntilTaken(batch);
  }

  return {
    sendAll,
    send: async (job, send = {}) => sendAll([{ job, options: send }]),

    async postpone(receipt, seconds) {
      checkPostponement(seconds);
      const command = new ChangeMessageVisibilityCommand({
        QueueUrl: queueUrl,
        ReceiptHandle: receipt,
        VisibilityTimeout: Math.ceil(seconds),
      });
      await attempt(`postpone in ${name}`, () => withinTime((call) => client.send(command, call)));
    },
  };
}

type Entry = SendMessageBatchRequestEntry & { readonly MessageBody: string };

function toEntry(id: string, body: string, { delaySeconds, dedupeId, groupId }: SendOptions, isFifo: boolean): Entry {
  const entry = { Id: id, MessageBody: body };
  if (!isFifo) return delaySeconds === undefined ? entry : { ...entry, DelaySeconds: Math.ceil(delaySeconds) };
  // Without ids of its own a job is in a group of its own, and equal to no other.
  return {
    ...entry,
    MessageGroupId: groupId ?? randomUUID(),
    MessageDeduplicationId: dedupeId ?? randomUUID(),
  };
}

/**
 * At most 10 a batch, no more bytes than one job may have, and no two of a group: if SQS refused the first and took the
 * second, their order would be lost.
 */
function inBatches(entries: readonly Entry[]): readonly (readonly Entry[])[] {
  const batches: Entry[][] = [];
  let bytes = 0;
  for (const entry of entries) {
    const size = Buffer.byteLength(entry.MessageBody);
    const last = batches.at(-1);
    const isInGroup = ({ MessageGroupId: group }: Entry) => group !== undefined && group === entry.MessageGroupId;
    if (last === undefined || last.length === MAX_BATCH || bytes + size > MAX_JOB_BYTES || last.some(isInGroup)) {
      batches.push([entry]);
      bytes = size;
    } else {
      last.push(entry);
      bytes += size;
    }
  }
  return batches;
}

async function attempt<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof PullmedicError) throw error;
    throw new QueueError(`${what}: ${errorName(error) || 'no answer'}`, { retry: adviseRetry(error), cause: error });
  }
}
