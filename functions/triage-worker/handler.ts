import { randomUUID } from 'node:crypto';
import middy from '@middy/core';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { RejectedJob, TriageQueueJob } from '../../shared/domain/jobs.ts';
import { checkCluster } from '../../shared/flows/check-cluster.ts';
import { type LookDeps, lookAtScope } from '../../shared/flows/look-at-scope.ts';
import { keepIfBlind } from '../../shared/flows/looking/keep-if-blind.ts';
import type { ConfigSource } from '../../shared/ports/config-source.ts';
import { serveBatch } from '../middleware/serve-batch.ts';
import { TriageQueueJobSchema } from './triage-job.ts';

export interface TriageWorkerDeps extends Omit<LookDeps, 'config' | 'newId'> {
  readonly config: ConfigSource;
  /** Ids of incidents; opaque, unique. */
  readonly newId?: (() => string) | undefined;
}

/**
 * The triage queue: a hint becomes a look. What fails comes again, and after the queue's last try it goes to the
 * dead-letter queue, whatever the reason: no alert is dropped here.
 */
export function createHandler(deps: TriageWorkerDeps) {
  return middy<SQSEvent, SQSBatchResponse>().handler(async ({ Records: records }) => {
    const lookDeps: LookDeps = { ...deps, config: await deps.config.load(), newId: deps.newId ?? randomUUID };
    return serveBatch(
      records,
      async (record) => perform(TriageQueueJobSchema.parse(JSON.parse(record.body)), record, lookDeps),
      ({ messageId }, error) => {
        deps.log.warn('a triage job failed and comes again', { messageId, error });
        deps.metrics.count('TriageFailures');
      },
    );
  });
}

function perform(job: TriageQueueJob, { messageId, attributes }: SQSRecord, deps: LookDeps): Promise<void> {
  switch (job.kind) {
    case 'look': {
      const isRepeated = Number(attributes.ApproximateReceiveCount ?? 1) > 1;
      // A message that is handed out again is the same holder: it need not wait for the lease of its own dead try.
      return keepIfBlind(job, lookAtScope(job, deps, { holder: messageId }), { isRepeated }, deps);
    }
    case 'check':
      return checkCluster(job, deps, { holder: messageId });
    case 'rejected':
      return countRejected(job, deps);
    case 'heartbeat':
      return deps.store.markHeartbeat(job.cluster, job.at);
  }
}

/** Refused webhook calls of one alert-webhook instance. Counted again when only some were: too many is told, too few is not. */
async function countRejected({ counts, at }: RejectedJob, { store }: LookDeps): Promise<void> {
  for (const [answer, n] of Object.entries(counts)) {
    for (let i = 0; i < n; i += 1) await store.countRejected(answer, at);
  }
}
