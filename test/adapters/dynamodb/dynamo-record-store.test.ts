import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterEach, describe, expect, it } from '@jest/globals';
import { awsClientSettings } from '../../../shared/adapters/aws/client-settings.ts';
import { createAdjustableClock } from '../../../shared/adapters/clock.ts';
import { createDynamoRecordStore } from '../../../shared/adapters/dynamodb/dynamo-record-store.ts';
import type { Expectation, RecordStore, RecordWrite } from '../../../shared/ports/record-store.ts';
import { awsError, type CannedAnswer, type CannedAws, startCannedAws } from '../../support/canned-aws.ts';

const KEY = { partition: 'p', sort: 's' };
const START = Date.UTC(2026, 10, 22, 13);

function put(expectation: Expectation, sort = 's'): RecordWrite {
  return { kind: 'put', expect: expectation, record: { partition: 'p', sort, body: {} } };
}

function cancelled(...codes: readonly string[]): CannedAnswer {
  return awsError(400, 'TransactionCanceledException', { CancellationReasons: codes.map((Code) => ({ Code })) });
}

function item(sort: string, more: Readonly<Record<string, unknown>> = {}) {
  return { pk: { S: 'p' }, sk: { S: sort }, version: { N: '1' }, body: { S: '{}' }, ...more };
}

describe('the DynamoDB record store', () => {
  let aws: CannedAws;
  let client: DynamoDBClient;

  async function open(...answers: readonly CannedAnswer[]): Promise<RecordStore> {
    aws = await startCannedAws(answers);
    const { requestHandler } = awsClientSettings();
    client = new DynamoDBClient({
      ...aws.clientConfig,
      ...awsClientSettings(),
      maxAttempts: 2,
      requestHandler: { ...requestHandler, requestTimeout: 150 },
    });
    return createDynamoRecordStore({ client, tableName: 't', clock: createAdjustableClock({ startAt: START }) });
  }

  afterEach(async () => {
    client.destroy();
    await aws.stop();
  });

  it.each<{ readonly answer: CannedAnswer; readonly what: string; readonly retry: 'retry' | 'give-up' }>([
    { what: 'a 500', answer: awsError(500, 'InternalServerError'), retry: 'retry' },
    { what: 'a 503', answer: awsError(503, 'ServiceUnavailable'), retry: 'retry' },
    { what: 'throttling', answer: awsError(400, 'ThrottlingException'), retry: 'retry' },
    { what: 'too much throughput', answer: awsError(400, 'ProvisionedThroughputExceededException'), retry: 'retry' },
    { what: 'a missing permission', answer: awsError(400, 'AccessDeniedException'), retry: 'retry' },
    { what: 'a missing table', answer: awsError(400, 'ResourceNotFoundException'), retry: 'retry' },
    { what: 'a transaction still under way', answer: awsError(400, 'TransactionInProgressException'), retry: 'retry' },
    { what: 'a throttled transaction', answer: cancelled('None', 'ThrottlingError'), retry: 'retry' },
    { what: 'no answer', answer: 'hang', retry: 'retry' },
    { what: 'a broken connection', answer: 'reset', retry: 'retry' },
    { what: 'an invalid request', answer: awsError(400, 'ValidationException'), retry: 'give-up' },
    { what: 'an invalid write', answer: cancelled('ValidationError', 'None'), retry: 'give-up' },
  ])('tells $what as a store error to $retry', async ({ answer, retry }) => {
    const store = await open(answer);
    await expect(store.transact([put('absent'), put('any', 'b')])).rejects.toMatchObject({ code: 'store', retry });
    if (typeof answer === 'object' && 'CancellationReasons' in answer.body) return;
    await expect(store.get(KEY)).rejects.toMatchObject({ code: 'store', retry });
    await expect(store.list('p')).rejects.toMatchObject({ code: 'store', retry });
    await expect(store.listDue('q', START, 1)).rejects.toMatchObject({ code: 'store', retry });
  });

  it.each([
    { what: 'an expectation that did not hold', answer: cancelled('ConditionalCheckFailed', 'None') },
    { what: 'another transaction on a record', answer: cancelled('None', 'TransactionConflict') },
    { what: 'both', answer: cancelled('ConditionalCheckFailed', 'TransactionConflict') },
    { what: 'a conflict of the whole', answer: awsError(400, 'TransactionConflictException') },
  ])('tells $what as a conflict', async ({ answer }) => {
    const store = await open(answer);
    expect(await store.transact([put('absent'), put('any', 'b')])).toBe('conflict');
  });

  it('asks again with the same token after a lost answer: a write that arrived is no conflict', async () => {
    const store = await open('reset', { status: 200, body: {} });
    expect(await store.transact([put('absent')])).toBe('done');
    const tokens = aws.calls.map(({ input }) => input.ClientRequestToken);
    expect(tokens).toHaveLength(2);
    expect(tokens[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(tokens[1]).toBe(tokens[0]);
  });

  it('writes a put of any as one of an absent record when an expired one is in the way', async () => {
    const store = await open(cancelled('None', 'ConditionalCheckFailed'), { status: 200, body: {} });
    expect(await store.transact([put('any', 'a'), put('any', 'b')])).toBe('done');
    const updates = aws.calls[1]?.input.TransactItems.map((one: { Update: { UpdateExpression: string } }) =>
      one.Update.UpdateExpression.includes('if_not_exists'),
    );
    expect(updates).toEqual([true, false]);
  });

  it('gives up as a conflict when an expired record keeps coming and going', async () => {
    const store = await open(cancelled('ConditionalCheckFailed'));
    expect(await store.transact([put('any')])).toBe('conflict');
    expect(aws.calls.length).toBeLessThan(10);
  });

  it('reads all pages of a list, strongly', async () => {
    const page = (sort: string, isLast: boolean): CannedAnswer => {
      return {
        status: 200,
        body: { Items: [item(sort)], ...(isLast ? {} : { LastEvaluatedKey: { pk: { S: 'p' }, sk: { S: sort } } }) },
      };
    };
    const store = await open(
      page('a', false),
      { status: 200, body: { Items: [], LastEvaluatedKey: { pk: { S: 'p' }, sk: { S: 'b' } } } },
      page('c', true),
    );
    expect((await store.list('p')).map(({ sort }) => sort)).toEqual(['a', 'c']);
    expect(aws.calls.map(({ input }) => [input.ConsistentRead, input.ExclusiveStartKey?.sk.S])).toEqual([
      [true, undefined],
      [true, 'a'],
      [true, 'b'],
    ]);
  });

  it('reads on in the due index while pages hold expired records only', async () => {
    const dead = item('dead', { expiresAtMs: { N: String(START) } });
    const store = await open(
      { status: 200, body: { Items: [dead], LastEvaluatedKey: { pk: { S: 'p' }, sk: { S: 'dead' } } } },
      { status: 200, body: { Items: [item('live')], LastEvaluatedKey: { pk: { S: 'p' }, sk: { S: 'live' } } } },
    );
    expect((await store.listDue('q', START, 1)).map(({ sort }) => sort)).toEqual(['live']);
    expect(aws.calls).toHaveLength(2);
  });

  it('never lets the TTL delete a record before it expires', async () => {
    const store = await open({ status: 200, body: {} });
    const record = { partition: 'p', sort: 's', body: {}, expiresAt: START + 1 };
    await store.transact([{ kind: 'put', expect: 'any', record }]);
    const values = aws.calls[0]?.input.TransactItems[0].Update.ExpressionAttributeValues;
    expect(Number(values[':expiresAt'].N)).toBe(START / 1000 + 1);
    expect(Number(values[':expiresAtMs'].N)).toBe(START + 1);
  });
});
