import { afterEach, describe, expect, it } from '@jest/globals';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { type QueueLoop, startQueueLoop, trackVisibility } from '../../../functions/serve/queue-loop.ts';
import { type AdjustableClock, createAdjustableClock } from '../../../shared/adapters/clock.ts';
import { openDatabase } from '../../../shared/adapters/sqlite/open-database.ts';
import { createSqliteQueue, type SqliteQueue } from '../../../shared/adapters/sqlite/sqlite-queue.ts';

type Job = { readonly n: number };
type Handler = (event: SQSEvent, context: Context) => Promise<SQSBatchResponse | undefined>;

const LOG = { debug() {}, info() {}, warn() {}, error() {} };
const cleanUp: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const one of cleanUp.splice(0).reverse()) await one();
});

interface Bench {
  readonly queue: SqliteQueue<Job>;
  readonly dead: SqliteQueue<Job>;
  readonly clock: AdjustableClock;
  start(handler: Handler, options?: { timeoutMs?: number; batchSize?: number; concurrency?: number }): QueueLoop;
}

function bench(): Bench {
  const db = openDatabase(':memory:');
  cleanUp.push(() => db.close());
  const clock = createAdjustableClock();
  let loop: QueueLoop | undefined;
  const onSend = () => loop?.wake();
  const dead = createSqliteQueue<Job>({ db, name: 'dead', clock });
  const limits = { maxReceiveCount: 3, deadLetterQueueName: 'dead' };
  const queue = createSqliteQueue<Job>({ db, name: 'jobs', clock, onSend, ...limits });
  return {
    queue,
    dead,
    clock,
    start(handler, { timeoutMs = 5_000, batchSize = 1, concurrency = 1 } = {}) {
      loop = startQueueLoop({
        functionName: 'worker',
        source: queue,
        handler,
        clock,
        log: LOG,
        batchSize,
        concurrency,
        timeoutMs,
        retrySeconds: 0.02,
      });
      const started = loop;
      cleanUp.push(() => started.stop(500));
      return loop;
    },
  };
}

async function until(isDone: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 5_000;
  while (!(await isDone())) {
    if (performance.now() > end) throw new Error('not within 5 s');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function numbers(event: SQSEvent): number[] {
  return event.Records.map(({ body }) => (JSON.parse(body) as Job).n);
}

describe('a queue loop', () => {
  it('hands a job over as Lambda would, and removes it when it did not fail', async () => {
    const { queue, start } = bench();
    const seen: SQSEvent[] = [];
    start(async (event) => {
      seen.push(event);
      return { batchItemFailures: [] };
    });
    await queue.send({ n: 1 });
    await until(async () => (await queue.count()) === 0);
    expect(seen).toHaveLength(1);
    expect(seen[0]?.Records[0]).toMatchObject({
      body: '{"n":1}',
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:local:000000000000:jobs',
      attributes: { ApproximateReceiveCount: '1' },
    });
  });

  it('hands only the failed job of a batch over again', async () => {
    const { queue, start } = bench();
    const seen: number[] = [];
    await queue.sendAll([{ job: { n: 1 } }, { job: { n: 2 } }]);
    start(
      async (event) => {
        seen.push(...numbers(event));
        const failed = event.Records.filter(
          ({ body, attributes }) => body === '{"n":2}' && attributes.ApproximateReceiveCount === '1',
        );
        return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
      },
      { batchSize: 10 },
    );
    await until(async () => (await queue.count()) === 0);
    expect(seen).toEqual([1, 2, 2]);
  });

  it('buries a job whose handler crashes every time, and goes on with the next', async () => {
    const { queue, dead, start } = bench();
    const seen: number[] = [];
    start(async (event) => {
      seen.push(...numbers(event));
      if (seen.at(-1) === 1) throw new Error('crash');
      return undefined;
    });
    await queue.sendAll([{ job: { n: 1 } }, { job: { n: 2 } }]);
    await until(async () => (await dead.count()) === 1);
    expect(seen.filter((n) => n === 1)).toHaveLength(3);
    expect(seen).toContain(2);
    expect(await queue.count()).toBe(0);
  });

  it('takes a handler that never ends for failed, and the job comes again', async () => {
    const { queue, start } = bench();
    let calls = 0;
    start(
      () => {
        calls += 1;
        return calls === 1 ? new Promise(() => undefined) : Promise.resolve(undefined);
      },
      { timeoutMs: 50 },
    );
    await queue.send({ n: 1 });
    await until(async () => (await queue.count()) === 0);
    expect(calls).toBe(2);
  });

  it('leaves a job alone that its handler postponed itself', async () => {
    const { queue, clock } = bench();
    const visibility = trackVisibility(queue);
    let calls = 0;
    const loop = startQueueLoop({
      functionName: 'worker',
      source: queue,
      visibility,
      async handler({ Records: [record] }) {
        calls += 1;
        if (calls > 1 || !record) return undefined;
        await visibility.postpone(record.receiptHandle, 3_600);
        return { batchItemFailures: [{ itemIdentifier: record.messageId }] };
      },
      clock,
      log: LOG,
      batchSize: 1,
      concurrency: 1,
      timeoutMs: 5_000,
      retrySeconds: 0.02,
    });
    cleanUp.push(() => loop.stop(500));
    await queue.send({ n: 1 });
    loop.wake();
    await until(() => calls === 1);
    await until(async () => ((await queue.nextVisibleAt()) ?? 0) > clock.now() + 3_000_000);
    clock.advance(3_601);
    loop.wake();
    await until(async () => (await queue.count()) === 0);
    expect(calls).toBe(2);
  });

  it('starts a delayed job when its time has come, also when the clock was moved', async () => {
    const { queue, clock, start } = bench();
    let calls = 0;
    const loop = start(async () => {
      calls += 1;
      return undefined;
    });
    await queue.send({ n: 1 }, { delaySeconds: 600 });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(calls).toBe(0);
    clock.advance(601);
    loop.wake();
    await until(() => calls === 1);
  });

  it('works on as many jobs at once as it may, and no more', async () => {
    const { queue, start } = bench();
    let running = 0;
    let most = 0;
    start(
      async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setTimeout(resolve, 20));
        running -= 1;
        return undefined;
      },
      { concurrency: 3 },
    );
    await queue.sendAll(Array.from({ length: 9 }, (_, n) => ({ job: { n } })));
    await until(async () => (await queue.count()) === 0);
    expect(most).toBe(3);
  });

  it('waits for what runs when it is stopped, and takes nothing more', async () => {
    const { queue, start } = bench();
    const done: number[] = [];
    const loop = start(async (event) => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      done.push(...numbers(event));
      return undefined;
    });
    await queue.sendAll([{ job: { n: 1 } }, { job: { n: 2 } }]);
    await new Promise((resolve) => setTimeout(resolve, 30));
    await loop.stop(2_000);
    expect(done).toEqual([1]);
    expect(await queue.count()).toBe(1);
  });
});
