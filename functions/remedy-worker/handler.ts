import middy from '@middy/core';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { type RemedyDeps, runRemedy } from '../../shared/flows/run-remedy.ts';
import type { ConfigSource } from '../../shared/ports/config-source.ts';
import { serveBatch } from '../middleware/serve-batch.ts';
import { parseRemedyJob } from './remedy-job.ts';

export interface RemedyWorkerDeps extends Omit<RemedyDeps, 'config' | 'holder'> {
  readonly config: ConfigSource;
}

/**
 * The remedies queue: a press becomes a plan, a confirmation becomes changes. What fails for what may pass comes again
 * and goes on where it was; after the queue's last try it is a dead letter, and the sweeper still knows the offer.
 */
export function createHandler(deps: RemedyWorkerDeps) {
  return middy<SQSEvent, SQSBatchResponse>().handler(async ({ Records: records }) => {
    const { log, metrics } = deps;
    const config = await deps.config.load();
    return serveBatch(
      records,
      async ({ body, messageId }) => runRemedy(parseRemedyJob(body), { ...deps, config, holder: messageId }),
      ({ messageId }, error) => {
        log.warn('a remedy job failed and comes again', { messageId, error });
        metrics.count('RemedyJobsFailed');
      },
    );
  });
}
