import { DeleteMessageCommand, type Message, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { JobSource, JobVisibility, ReceivedJob } from '../../shared/ports/job-queue.ts';

/** What Lambda's event source does for a queue, so that the contract's consuming side can be tested on SQS too. */
export function createSqsSource(client: SQSClient, queueUrl: string, visibility: JobVisibility): JobSource {
  return {
    postpone: (receipt, seconds) => visibility.postpone(receipt, seconds),

    async receive(limit, visibilitySeconds) {
      const command = new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: limit,
        VisibilityTimeout: visibilitySeconds,
        MessageSystemAttributeNames: ['All'],
        WaitTimeSeconds: 0,
      });
      return ((await client.send(command)).Messages ?? []).map(toJob);
    },

    async remove(receipt) {
      await client.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: receipt }));
    },
  };
}

function toJob({ MessageId, ReceiptHandle, Body, Attributes }: Message): ReceivedJob {
  return {
    id: MessageId ?? '',
    receipt: ReceiptHandle ?? '',
    body: Body ?? '',
    receiveCount: Number(Attributes?.ApproximateReceiveCount),
    groupId: Attributes?.MessageGroupId,
  };
}
