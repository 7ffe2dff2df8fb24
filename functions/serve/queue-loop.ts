import { setTimeout as sleep } from 'node:timers/promises';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { Instant } from '../../shared/domain/instant.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { JobSource, JobVisibility, ReceivedJob } from '../../shared/ports/job-queue.ts';
import type { Log } from '../../shared/ports/log.ts';
import { lambdaContext } from './lambda-context.ts';
import { sqsEvent } from './sqs-event.ts';

/** A function behind a queue, exactly as Lambda calls it. */
export type SqsHandler = (event: SQSEvent, context: Context) => Promise<SQSBatchResponse | undefined>;

/** The consuming side that a loop needs: the embedded queue has it. */
export interface LoopSource extends JobSource {
  readonly name: string;
  nextVisibleAt(): Promise<Instant | undefined>;
}

export interface QueueLoopOptions {
  readonly functionName: string;
  readonly source: LoopSource;
  /** The one that the handler was given, if it was given one. */
  readonly visibility?: TrackedVisibility | undefined;
  readonly handler: SqsHandler;
  readonly clock: Clock;
  readonly log: Log;
  /** Jobs in one event; Lambda's batch size. */
  readonly batchSize: number;
  /** Events that are worked on at once; the event source's MaximumConcurrency. */
  readonly concurrency: number;
  /** After this the jobs count as failed, as when Lambda ends a function. */
  readonly timeoutMs: number;
  /** A failed job comes back after this × 2^(receives − 1), at most a minute of it. */
  readonly retrySeconds: number;
}

export interface QueueLoop {
  /** Something may have become ready: look now instead of at the next tick. */
  wake(): void;
  /** Takes no more jobs, waits for those at work at most so long; what is unfinished comes back after its visibility. */
  stop(withinMs: number): Promise<void>;
}

/**
 * How long a job stays hidden without a sign of life: short, so that a crash delays it little; renewed while its
 * handler runs, so that a slow one is not handed out twice.
 */
const VISIBILITY_SECONDS = 15;
const HEARTBEAT_MS = 5_000;
/** The clock may be moved (in the embedded stack): a wait for a delayed job is looked at again this often. */
const LONGEST_WAIT_MS = 1_000;
const LONGEST_RETRY_SECONDS = 60;
const AFTER_ERROR_MS = 500;

/** Does what Lambda's event source does for a function behind SQS: receive, invoke, remove what did not fail. */
export function startQueueLoop(options: QueueLoopOptions): QueueLoop {
  const { source, handler, clock, log, functionName } = options;
  const visibility = options.visibility ?? trackVisibility(source);
  const stopping = new AbortController();
  let waker = new AbortController();

  function wake(): void {
    const old = waker;
    waker = new AbortController();
    old.abort();
  }

  async function waitForWork(): Promise<void> {
    const { signal } = waker;
    const at = await source.nextVisibleAt();
    const ms = at === undefined ? LONGEST_WAIT_MS : Math.min(LONGEST_WAIT_MS, Math.max(5, at - clock.now()));
    await sleep(ms, undefined, { signal: AbortSignal.any([signal, stopping.signal]) }).catch(() => undefined);
  }

  async function work(jobs: readonly ReceivedJob[]): Promise<void> {
    const failed = await invoke(jobs);
    for (const job of jobs) {
      if (!failed.has(job.id)) await source.remove(job.receipt);
      else if (!visibility.isPostponed(job.receipt)) {
        const seconds = Math.min(LONGEST_RETRY_SECONDS, 2 ** (job.receiveCount - 1)) * options.retrySeconds;
        await source.postpone(job.receipt, seconds);
      }
      visibility.forget(job.receipt);
    }
  }

  /** @returns ids of the jobs that failed */
  async function invoke(jobs: readonly ReceivedJob[]): Promise<ReadonlySet<string>> {
    const heartbeat = setInterval(() => {
      for (const { receipt } of jobs) {
        if (visibility.isPostponed(receipt)) continue;
        source.postpone(receipt, VISIBILITY_SECONDS).catch(() => log.warn('job not kept hidden', { functionName }));
      }
    }, HEARTBEAT_MS);
    const everyId = new Set(jobs.map(({ id }) => id));
    const timer = new AbortController();
    try {
      const result = await Promise.race([
        handler(sqsEvent(source.name, jobs, clock.now()), lambdaContext(functionName, options.timeoutMs)),
        sleep(options.timeoutMs, 'timeout' as const, { signal: timer.signal, ref: false }),
      ]);
      if (result === 'timeout') {
        log.error('function timed out', { functionName, timeoutMs: options.timeoutMs });
        return everyId;
      }
      return new Set((result ?? { batchItemFailures: [] }).batchItemFailures.map((failure) => failure.itemIdentifier));
    } catch (error) {
      log.error('function crashed', { functionName, error });
      return everyId;
    } finally {
      timer.abort();
      clearInterval(heartbeat);
    }
  }

  async function lane(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        const jobs = await source.receive(options.batchSize, VISIBILITY_SECONDS);
        if (jobs.length > 0) await work(jobs);
        else await waitForWork();
      } catch (error) {
        if (stopping.signal.aborted) return;
        log.error('queue failed', { functionName, error });
        await sleep(AFTER_ERROR_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    }
  }

  const lanes = Promise.all(Array.from({ length: options.concurrency }, lane));
  return {
    wake,
    async stop(withinMs) {
      stopping.abort();
      await Promise.race([lanes, sleep(withinMs, undefined, { ref: false })]);
    },
  };
}

/** What a handler gets to postpone a job itself (a 429 of Slack): the loop then leaves that job's visibility alone. */
export interface TrackedVisibility extends JobVisibility {
  isPostponed(receipt: string): boolean;
  forget(receipt: string): void;
}

/** Jobs of that source, postponed by their handler. */
export function trackVisibility(source: JobVisibility): TrackedVisibility {
  const receipts = new Set<string>();
  return {
    async postpone(receipt, seconds) {
      receipts.add(receipt);
      await source.postpone(receipt, seconds);
    },
    isPostponed: (receipt) => receipts.has(receipt),
    forget: (receipt) => void receipts.delete(receipt),
  };
}
