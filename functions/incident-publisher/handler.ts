import middy from '@middy/core';
import type { SQSBatchItemFailure, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { Config } from '../../shared/config/config.ts';
import { ChatError } from '../../shared/domain/errors.ts';
import { publishIncident } from '../../shared/flows/publish-incident.ts';
import { publishNotice } from '../../shared/flows/publish-notice.ts';
import type { PublishPorts } from '../../shared/flows/publishing/ports.ts';
import type { ConfigSource } from '../../shared/ports/config-source.ts';
import type { JobVisibility } from '../../shared/ports/job-queue.ts';
import { parsePublishJob } from './publish-job.ts';

export interface IncidentPublisherDependencies extends Omit<PublishPorts, 'config'> {
  readonly config: ConfigSource;
  readonly visibility: JobVisibility;
}

/** Waits between tries that name no time of their own: they double up to five minutes. */
const FIRST_WAIT_SECONDS = 2;
const LONGEST_WAIT_SECONDS = 300;

/**
 * The publish queue (FIFO by incident). Groups are served one after another: Slack takes about one message a second and
 * channel. After a failure the rest of that group fails too, since FIFO must not overtake.
 */
export function createHandler(deps: IncidentPublisherDependencies) {
  return middy<SQSEvent, SQSBatchResponse>().handler(async (event) => {
    const config = await deps.config.load();
    const failed = new Set<string>();
    const batchItemFailures: SQSBatchItemFailure[] = [];
    let isSlackAway = false;
    for (const record of event.Records) {
      const group = record.attributes.MessageGroupId ?? record.messageId;
      const outcome = failed.has(group) || isSlackAway ? 'skipped' : await serve(record, config, deps);
      // Waiting out Slack's silence once per job would take longer than the function may run.
      if (outcome === 'slack-away') isSlackAway = true;
      if (outcome === 'done') continue;
      failed.add(group);
      batchItemFailures.push({ itemIdentifier: record.messageId });
    }
    return { batchItemFailures };
  });
}

/** What is not `done` is handed out again, after the wait that was asked for. */
async function serve(
  record: SQSRecord,
  config: Config,
  deps: IncidentPublisherDependencies,
): Promise<'done' | 'failed' | 'slack-away'> {
  const { log, metrics } = deps;
  try {
    const job = parsePublishJob(record.body);
    const ports = { ...deps, config };
    await (job.kind === 'poke' ? publishIncident(job, ports) : publishNotice(job, ports));
    return 'done';
  } catch (error) {
    const seconds = waitOf(error, record);
    log.warn('publishing failed, the job comes again', { messageId: record.messageId, seconds, error });
    metrics.count('PublishFailures');
    await postpone(record, seconds, deps);
    return isNoAnswer(error) ? 'slack-away' : 'failed';
  }
}

async function postpone(record: SQSRecord, seconds: number, deps: IncidentPublisherDependencies): Promise<void> {
  try {
    await deps.visibility.postpone(record.receiptHandle, seconds);
  } catch (error) {
    // Then it comes again after the queue's own visibility timeout.
    deps.log.warn('visibility not changed', { messageId: record.messageId, error });
  }
}

/** What Slack asked for, else a back-off by how often the job was handed out. */
function waitOf(error: unknown, record: SQSRecord): number {
  if (error instanceof ChatError && error.retryAfterSeconds !== undefined) return error.retryAfterSeconds;
  const tries = Math.max(1, Number(record.attributes.ApproximateReceiveCount) || 1);
  return Math.min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2 ** (tries - 1));
}

function isNoAnswer(error: unknown): boolean {
  return error instanceof ChatError && error.reason === 'no_answer';
}
