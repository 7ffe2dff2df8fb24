import middy from '@middy/core';
import type { SQSBatchItemFailure, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import pLimit from 'p-limit';
import { type RemedyDeps, runRemedy } from '../../shared/flows/run-remedy.ts';
import type { ConfigSource } from '../../shared/ports/config-source.ts';
import { withDeadline } from '../middleware/deadline.ts';
import { parseRemedyJob } from './remedy-job.ts';

export interface RemedyWorkerDeps extends Omit<RemedyDeps, 'config' | 'holder'> {
  readonly config: ConfigSource;
}

/** Jobs of one batch that run side by side. */
const CONCURRENCY = 4;
/** A job ends before the function does: its failure is then told, and the rest of the batch is not lost with it. */
const JOB_TIMEOUT_MS = 55_000;

/**
 * The remedies queue: a press becomes a plan, a confirmation becomes changes. What fails for what may pass comes again
 * and goes on where it was; after the queue's last try it is a dead letter, and the sweeper still knows the offer.
 */
export function createHandler(deps: RemedyWorkerDeps) {
  return middy<SQSEvent, SQSBatchResponse>().handler(async ({ Records: records }) => {
    const config = await deps.config.load();
    const limit = pLimit(CONCURRENCY);
    const outcomes = await Promise.all(records.map((record) => limit(() => serve(record, { ...deps, config }))));
    const batchItemFailures: SQSBatchItemFailure[] = records
      .filter((_, index) => outcomes[index] === 'failed')
      .map(({ messageId }) => ({ itemIdentifier: messageId }));
    return { batchItemFailures };
  });
}

async function serve(record: SQSRecord, deps: Omit<RemedyDeps, 'holder'>): Promise<'done' | 'failed'> {
  const { log, metrics } = deps;
  try {
    const job = parseRemedyJob(record.body);
    await withDeadline(runRemedy(job, { ...deps, holder: record.messageId }), JOB_TIMEOUT_MS);
    return 'done';
  } catch (error) {
    log.warn('a remedy job failed and comes again', { messageId: record.messageId, error });
    metrics.count('RemedyJobsFailed');
    return 'failed';
  }
}
