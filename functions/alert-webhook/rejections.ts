import type { TriageQueueJob } from '../../shared/domain/jobs.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { JobQueue } from '../../shared/ports/job-queue.ts';
import type { Log, Metrics } from '../../shared/ports/log.ts';
import { withDeadline } from '../middleware/deadline.ts';

/** A flood of bad calls must not become a flood of jobs. */
const REPORT_EVERY_MS = 60_000;

/** The answer does not depend on the report: it waits no longer than this. */
const REPORT_TIMEOUT_MS = 1_000;

/** Tells the triage worker how many calls were refused, so that somebody hears of a wrong token. */
export interface Rejections {
  /** Counts one. Never throws, and takes at most 1 s. */
  add(statusCode: number): Promise<void>;
  /** Reports what was counted and not told yet, where a minute has passed. Never throws, at most 1 s. */
  report(): Promise<void>;
}

/**
 * One per instance: at most one job a minute for each kind of answer. What an instance counted last and never reported
 * dies with it; the metric has it.
 */
export function createRejections(deps: {
  readonly triageQueue: JobQueue<TriageQueueJob>;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}): Rejections {
  const waiting = new Map<string, number>();
  const reportedAt = new Map<string, number>();

  async function report(): Promise<void> {
    const at = deps.clock.now();
    const due = [...waiting].filter(([answer]) => at - (reportedAt.get(answer) ?? -Infinity) >= REPORT_EVERY_MS);
    if (due.length === 0) return;
    for (const [answer] of due) {
      waiting.delete(answer);
      reportedAt.set(answer, at);
    }
    try {
      const job = { kind: 'rejected' as const, counts: Object.fromEntries(due), at };
      await withDeadline(deps.triageQueue.send(job), REPORT_TIMEOUT_MS);
    } catch (error) {
      // Counted again, told with the next report. It may be counted twice: the number is a hint, losing it is worse.
      for (const [answer, count] of due) waiting.set(answer, (waiting.get(answer) ?? 0) + count);
      deps.log.warn('rejected calls could not be reported', { error });
    }
  }

  return {
    async add(statusCode) {
      const answer = String(statusCode);
      deps.metrics.count('WebhookRejected', 1, { answer });
      waiting.set(answer, (waiting.get(answer) ?? 0) + 1);
      await report();
    },
    report,
  };
}
