import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe } from '@jest/globals';
import { createAdjustableClock } from '../../shared/adapters/clock.ts';
import { openDatabase } from '../../shared/adapters/sqlite/open-database.ts';
import { createSqliteQueue } from '../../shared/adapters/sqlite/sqlite-queue.ts';
import { createSqsQueue } from '../../shared/adapters/sqs/sqs-queue.ts';
import type { JobQueue, JobSource } from '../../shared/ports/job-queue.ts';
import { describeWithMoto, type Moto, startMoto } from './moto.ts';
import { createSqsSource } from './sqs-source.ts';

/** An empty queue whose jobs go to `deadLetter` after `MAX_RECEIVES`. */
export interface OpenQueue {
  readonly queue: JobQueue<unknown>;
  readonly source: JobSource;
  readonly deadLetter: JobSource;
  /** Lets that much time pass for the queue. */
  advance(seconds: number): Promise<void>;
}

export type QueueOpener = (kind: 'standard' | 'fifo') => Promise<OpenQueue>;

export const MAX_RECEIVES = 3;

/** Runs one suite on every engine. */
export function describeJobQueues(suite: (open: QueueOpener) => void): void {
  describe('on SQLite', () => suite(openSqlite));

  describeWithMoto('on SQS', () => {
    let moto: Moto;
    let client: SQSClient;
    beforeAll(async () => {
      moto = await startMoto();
      client = new SQSClient(moto.clientConfig);
    });
    afterAll(async () => {
      client.destroy();
      await moto.stop();
    });
    suite((kind) => openSqs(client, kind));
  });
}

async function openSqlite(kind: 'standard' | 'fifo'): Promise<OpenQueue> {
  const db = openDatabase(':memory:');
  const clock = createAdjustableClock({ startAt: Date.UTC(2026, 10, 22, 13) });
  const isFifo = kind === 'fifo';
  const names = { name: 'jobs', deadLetterQueueName: 'jobs-dead', maxReceiveCount: MAX_RECEIVES };
  const queue = createSqliteQueue({ db, clock, isFifo, ...names });
  return {
    queue,
    source: queue,
    deadLetter: createSqliteQueue({ db, clock, isFifo, name: 'jobs-dead' }),
    advance: async (seconds) => clock.advance(seconds),
  };
}

async function openSqs(client: SQSClient, kind: 'standard' | 'fifo'): Promise<OpenQueue> {
  const suffix = kind === 'fifo' ? '.fifo' : '';
  const fifo: Record<string, string> = kind === 'fifo' ? { FifoQueue: 'true' } : {};

  async function create(attributes: Record<string, string>): Promise<string> {
    const command = new CreateQueueCommand({ QueueName: `q-${randomUUID()}${suffix}`, Attributes: attributes });
    return (await client.send(command)).QueueUrl ?? '';
  }

  const deadUrl = await create(fifo);
  const arn = new GetQueueAttributesCommand({ QueueUrl: deadUrl, AttributeNames: ['QueueArn'] });
  const deadLetterTargetArn = (await client.send(arn)).Attributes?.['QueueArn'];
  const policy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: MAX_RECEIVES });
  const queueUrl = await create({ ...fifo, RedrivePolicy: policy });

  const queue = createSqsQueue({ client, queueUrl });
  const dead = createSqsQueue({ client, queueUrl: deadUrl });
  return {
    queue,
    source: createSqsSource(client, queueUrl, queue),
    deadLetter: createSqsSource(client, deadUrl, dead),
    // moto lives in real time.
    advance: (seconds) => pause(seconds * 1000 + 50),
  };
}
