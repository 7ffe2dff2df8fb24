import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { REGION } from './aws-calls.ts';
import type { clientSettings } from './deploy.ts';
import type { LambdaProcess } from './lambda-process.ts';
import { type Attributes, evaluate, resourcesOf, type Template } from './template.ts';

/** A queue of the template that triggers a function of it. */
export interface Mapping {
  readonly functionId: string;
  readonly queueArn: string;
  readonly batchSize: number;
  readonly reportsItems: boolean;
}

export function mappingsOf(template: Template, attributes: Attributes): readonly Mapping[] {
  return resourcesOf(template, 'AWS::Lambda::EventSourceMapping').map(({ Properties }) => {
    const { EventSourceArn, BatchSize, FunctionName, FunctionResponseTypes } = Properties as {
      readonly EventSourceArn: unknown;
      readonly BatchSize: number;
      readonly FunctionName: { readonly 'Fn::GetAtt': readonly [string, string] };
      readonly FunctionResponseTypes?: readonly string[];
    };
    return {
      functionId: FunctionName['Fn::GetAtt'][0],
      queueArn: String(evaluate(EventSourceArn, template, attributes)),
      batchSize: BatchSize,
      reportsItems: FunctionResponseTypes?.includes('ReportBatchItemFailures') === true,
    };
  });
}

/** Between two looks at an empty queue. */
const IDLE_MS = 150;

/**
 * What Lambda does for a mapping, with the role of the function: receive, invoke, delete what did not fail. A message that
 * failed is visible again at once: its number of receives counts, not the minutes between them.
 * @returns what ends it
 */
export function startPolling(
  mapping: Mapping,
  options: {
    readonly lambda: LambdaProcess;
    readonly accessKeyId: string;
    readonly awsUrl: string;
    /** Of the harness itself, straight to moto. */
    readonly ownSettings: ReturnType<typeof clientSettings>;
  },
): () => Promise<void> {
  const { lambda, accessKeyId, awsUrl } = options;
  const queueUrl = `${awsUrl}/${mapping.queueArn.split(':').slice(-2).join('/')}`;
  const client = new SQSClient({
    endpoint: awsUrl,
    region: REGION,
    credentials: { accessKeyId, secretAccessKey: 'of-the-role', sessionToken: 'of-the-role' },
    maxAttempts: 2,
  });
  // Shortening a wait is the harness's doing, not Lambda's.
  const own = new SQSClient(options.ownSettings);
  const ownUrl = `${options.ownSettings.endpoint}/${mapping.queueArn.split(':').slice(-2).join('/')}`;
  let isStopped = false;

  async function poll(): Promise<void> {
    const input = {
      QueueUrl: queueUrl,
      // SQS hands over ten at most, whatever the batch.
      MaxNumberOfMessages: Math.min(10, mapping.batchSize),
      MessageSystemAttributeNames: ['All' as const],
    };
    const { Messages = [] } = await client.send(new ReceiveMessageCommand(input));
    if (Messages.length === 0) return void (await pause(IDLE_MS));
    const failed = await failedOf(Messages);
    for (const { MessageId = '', ReceiptHandle } of Messages) {
      const done = failed.has(MessageId)
        ? own.send(new ChangeMessageVisibilityCommand({ QueueUrl: ownUrl, ReceiptHandle, VisibilityTimeout: 0 }))
        : client.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle }));
      // A receipt may have ended meanwhile: the message then comes again, as it would from SQS.
      await done.catch(() => undefined);
    }
  }

  async function failedOf(messages: readonly Message[]): Promise<ReadonlySet<string>> {
    const all = new Set(messages.map(({ MessageId = '' }) => MessageId));
    try {
      const answer = (await lambda.invoke(eventOf(messages, mapping.queueArn))) as SQSBatchResponse | null;
      if (!mapping.reportsItems || answer === null) return new Set();
      return new Set(answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    } catch {
      return all;
    }
  }

  const running = (async () => {
    // Lambda asks once, when the mapping is made.
    await client.send(new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['All'] }));
    while (!isStopped) await poll().catch(() => pause(IDLE_MS));
  })();
  running.catch(() => undefined);

  return async () => {
    isStopped = true;
    await running.catch(() => undefined);
    client.destroy();
    own.destroy();
  };
}

function eventOf(messages: readonly Message[], arn: string): SQSEvent {
  return {
    Records: messages.map(({ MessageId = '', ReceiptHandle = '', Body = '', MD5OfBody = '', Attributes = {} }) => ({
      messageId: MessageId,
      receiptHandle: ReceiptHandle,
      body: Body,
      attributes: Attributes as unknown as SQSEvent['Records'][number]['attributes'],
      messageAttributes: {},
      md5OfBody: MD5OfBody,
      eventSource: 'aws:sqs',
      eventSourceARN: arn,
      awsRegion: REGION,
    })),
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
