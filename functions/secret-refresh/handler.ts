import middy from '@middy/core';
import type { SQSBatchItemFailure, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { type RunRefreshDeps, runRefresh } from '../../shared/flows/run-refresh.ts';
import type { ConfigSource } from '../../shared/ports/config-source.ts';
import { parseRefreshJob } from './refresh-job.ts';

export interface SecretRefreshDeps extends Omit<RunRefreshDeps, 'config' | 'signal'> {
  readonly config: ConfigSource;
  /** How long a job may begin new secrets; shorter in tests. */
  readonly timeMs?: number | undefined;
}

/** The function has 60 s: what was begun by then ends, and what is left is reported. */
const TIME_MS = 50_000;
/** Throttling, a cluster that is away, a run that was cut off: so often, minutes apart, before it is told and left to the next run. */
const MAX_TRIES = 3;

/**
 * The refresh queue, a job at a time. A job that failed for what may pass comes again; the last try is told, and is no
 * dead letter: the scheduler comes back to it. A dead letter is what cannot even be reported.
 */
export function createHandler(deps: SecretRefreshDeps) {
  return middy<SQSEvent, SQSBatchResponse>().handler(async ({ Records: records }) => {
    const batchItemFailures: SQSBatchItemFailure[] = [];
    for (const record of records) {
      if ((await serve(record, deps)) === 'again') batchItemFailures.push({ itemIdentifier: record.messageId });
    }
    return { batchItemFailures };
  });
}

async function serve(record: SQSRecord, deps: SecretRefreshDeps): Promise<'done' | 'again'> {
  const { log, metrics } = deps;
  const tries = Number(record.attributes.ApproximateReceiveCount) || 1;
  const isLastTry = tries >= MAX_TRIES;
  try {
    const job = parseRefreshJob(record.body);
    const signal = AbortSignal.timeout(deps.timeMs ?? TIME_MS);
    const { isRetryWorth } = await runRefresh(
      job,
      { ...deps, config: await deps.config.load(), signal },
      { isLastTry },
    );
    return isRetryWorth && !isLastTry ? 'again' : 'done';
  } catch (error) {
    log.warn('a refresh job failed and comes again', { messageId: record.messageId, error });
    metrics.count('RefreshJobsFailed');
    return 'again';
  }
}
