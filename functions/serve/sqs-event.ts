import { createHash } from 'node:crypto';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import type { Instant } from '../../shared/domain/instant.ts';
import type { ReceivedJob } from '../../shared/ports/job-queue.ts';

/** Jobs of the embedded queue as Lambda's event source hands over messages of SQS. */
export function sqsEvent(queueName: string, jobs: readonly ReceivedJob[], now: Instant): SQSEvent {
  return { Records: jobs.map((job) => sqsRecord(queueName, job, now)) };
}

function sqsRecord(queueName: string, job: ReceivedJob, now: Instant): SQSRecord {
  return {
    messageId: job.id,
    receiptHandle: job.receipt,
    body: job.body,
    attributes: {
      ApproximateReceiveCount: String(job.receiveCount),
      SentTimestamp: String(now),
      SenderId: 'local',
      ApproximateFirstReceiveTimestamp: String(now),
      ...(job.groupId === undefined ? {} : { MessageGroupId: job.groupId }),
    },
    messageAttributes: {},
    md5OfBody: createHash('md5').update(job.body).digest('hex'),
    eventSource: 'aws:sqs',
    eventSourceARN: `arn:aws:sqs:local:000000000000:${queueName}`,
    awsRegion: 'local',
  };
}
