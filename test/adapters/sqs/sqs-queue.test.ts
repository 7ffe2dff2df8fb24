import { SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, describe, expect, it } from '@jest/globals';
import { awsClientSettings } from '../../../shared/adapters/aws/client-settings.ts';
import { createSqsQueue } from '../../../shared/adapters/sqs/sqs-queue.ts';
import { awsError, type CannedAnswer, type CannedAws, startCannedAws } from '../../support/canned-aws.ts';

const URL = 'https://sqs.eu-central-1.amazonaws.com/123456789012/triage';

function taken(failed: readonly { readonly id: string; readonly isSenders?: boolean }[] = []): CannedAnswer {
  const Failed = failed.map(({ id, isSenders = false }) => ({ Id: id, SenderFault: isSenders, Code: 'Reason' }));
  return { status: 200, body: { Successful: [], Failed } };
}

describe('the SQS queue', () => {
  let aws: CannedAws;
  let client: SQSClient;

  async function open(answers: readonly CannedAnswer[], queueUrl = URL) {
    aws = await startCannedAws(answers);
    const { requestHandler } = awsClientSettings();
    client = new SQSClient({
      ...aws.clientConfig,
      maxAttempts: 2,
      requestHandler: { ...requestHandler, requestTimeout: 150 },
      // The canned answers carry no digests.
      md5: false,
      useQueueUrlAsEndpoint: false,
    });
    return createSqsQueue<unknown>({ client, queueUrl });
  }

  afterEach(async () => {
    client.destroy();
    await aws.stop();
  });

  const bodies = (call: number) =>
    aws.calls[call]?.input.Entries.map((entry: { MessageBody: string }) => entry.MessageBody);

  it('sends 10 a call', async () => {
    const queue = await open([taken()]);
    await queue.sendAll(Array.from({ length: 21 }, (_, job) => ({ job })));
    expect(aws.calls.map(({ operation, input }) => [operation, input.Entries.length])).toEqual([
      ['SendMessageBatch', 10],
      ['SendMessageBatch', 10],
      ['SendMessageBatch', 1],
    ]);
  });

  it('sends only those again that were not taken', async () => {
    const queue = await open([taken([{ id: '1' }, { id: '2' }]), taken([{ id: '2' }]), taken()]);
    await queue.sendAll(['a', 'b', 'c'].map((job) => ({ job })));
    expect([bodies(0), bodies(1), bodies(2)]).toEqual([['"a"', '"b"', '"c"'], ['"b"', '"c"'], ['"c"']]);
  });

  it('throws when some are not taken after three tries', async () => {
    const queue = await open([taken([{ id: '0' }])]);
    await expect(queue.send('job')).rejects.toMatchObject({ code: 'queue', retry: 'retry' });
    expect(aws.calls).toHaveLength(3);
  });

  it('gives up at once on one that SQS will never take', async () => {
    const queue = await open([taken([{ id: '0', isSenders: true }])]);
    await expect(queue.send('job')).rejects.toMatchObject({ code: 'queue', retry: 'give-up' });
    expect(aws.calls).toHaveLength(1);
  });

  it.each<{ readonly what: string; readonly answer: CannedAnswer; readonly retry: string }>([
    { what: 'a 500', answer: awsError(500, 'InternalFailure'), retry: 'retry' },
    { what: 'throttling', answer: awsError(400, 'RequestThrottled'), retry: 'retry' },
    { what: 'a missing permission', answer: awsError(403, 'AccessDenied'), retry: 'retry' },
    { what: 'a missing queue', answer: awsError(400, 'QueueDoesNotExist'), retry: 'retry' },
    { what: 'no answer', answer: 'hang', retry: 'retry' },
    { what: 'a broken connection', answer: 'reset', retry: 'retry' },
    { what: 'characters that it refuses', answer: awsError(400, 'InvalidMessageContents'), retry: 'give-up' },
    { what: 'an unknown receipt', answer: awsError(400, 'ReceiptHandleIsInvalid'), retry: 'give-up' },
  ])('tells $what as a queue error to $retry', async ({ answer, retry }) => {
    const queue = await open([answer]);
    await expect(queue.send('job')).rejects.toMatchObject({ code: 'queue', retry });
    await expect(queue.postpone('receipt', 1)).rejects.toMatchObject({ code: 'queue', retry });
  });

  it('rounds delays and postponements up: no earlier than asked', async () => {
    const queue = await open([taken(), { status: 200, body: {} }]);
    await queue.send('job', { delaySeconds: 4.5 });
    await queue.postpone('receipt', 0.2);
    expect(aws.calls[0]?.input.Entries[0].DelaySeconds).toBe(5);
    expect(aws.calls[1]?.input.VisibilityTimeout).toBe(1);
  });

  it('never puts two of a group into one call, so that a refused one cannot be overtaken', async () => {
    const queue = await open([taken()], `${URL}.fifo`);
    await queue.sendAll(['a', 'b', 'a', 'c', 'c'].map((groupId, job) => ({ job, options: { groupId } })));
    expect([bodies(0), bodies(1), bodies(2)]).toEqual([['0', '1'], ['2', '3'], ['4']]);
  });

  it('tells SQS group and dedupe id on a FIFO queue, and a new dedupe id where none is given', async () => {
    const queue = await open([taken()], `${URL}.fifo`);
    await queue.send('a', { groupId: 'g', dedupeId: 'd' });
    await queue.send('a', { groupId: 'g' });
    await queue.send('a', { groupId: 'g' });
    const ids = aws.calls.map(({ input }) => input.Entries[0].MessageDeduplicationId);
    expect(aws.calls[0]?.input.Entries[0].MessageGroupId).toBe('g');
    expect(ids[0]).toBe('d');
    expect(new Set(ids).size).toBe(3);
  });
});
