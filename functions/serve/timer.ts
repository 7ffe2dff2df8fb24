import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Context, ScheduledEvent } from 'aws-lambda';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Log } from '../../shared/ports/log.ts';
import { lambdaContext } from './lambda-context.ts';

/** A function behind a schedule, exactly as Lambda calls it. */
export type ScheduledHandler = (event: ScheduledEvent, context: Context) => Promise<unknown>;

export interface Timer {
  /** Runs soon instead of at the next tick. */
  wake(): void;
  /** The next tick is a whole period from now, as after a machine's sleep. */
  restart(): void;
  stop(withinMs: number): Promise<void>;
}

/** Does what EventBridge does for a scheduled function; a run that takes long delays the next, it never overlaps. */
export function startTimer(options: {
  readonly functionName: string;
  readonly handler: ScheduledHandler;
  readonly everyMs: number;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly log: Log;
}): Timer {
  const { functionName, handler, everyMs, timeoutMs, clock, log } = options;
  const stopping = new AbortController();
  let waker = new AbortController();
  let isRestarted = false;

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await tick();
      await waitForNext();
    }
  }

  async function waitForNext(): Promise<void> {
    do {
      isRestarted = false;
      const signal = AbortSignal.any([waker.signal, stopping.signal]);
      await sleep(everyMs, undefined, { signal }).catch(() => undefined);
      waker = new AbortController();
    } while (isRestarted && !stopping.signal.aborted);
  }

  async function tick(): Promise<void> {
    const done = new AbortController();
    try {
      const result = await Promise.race([
        handler(scheduledEvent(functionName, clock.now()), lambdaContext(functionName, timeoutMs)),
        sleep(timeoutMs, 'timeout' as const, { signal: done.signal }).catch(() => undefined),
      ]);
      if (result === 'timeout') log.error('function timed out', { functionName, timeoutMs });
    } catch (error) {
      log.error('function crashed', { functionName, error });
    } finally {
      done.abort();
    }
  }

  const running = run();
  return {
    wake: () => waker.abort(),
    restart() {
      isRestarted = true;
      waker.abort();
    },
    async stop(withinMs) {
      stopping.abort();
      await Promise.race([running, sleep(withinMs, undefined, { ref: false })]);
    },
  };
}

function scheduledEvent(functionName: string, now: number): ScheduledEvent {
  return {
    id: randomUUID(),
    version: '0',
    account: '000000000000',
    time: new Date(now).toISOString(),
    region: 'local',
    resources: [`arn:aws:events:local:000000000000:rule/${functionName}`],
    source: 'aws.events',
    'detail-type': 'Scheduled Event',
    detail: {},
  };
}
