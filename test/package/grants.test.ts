import { describe, expect, it } from '@jest/globals';
import { callsOf } from './aws-calls.ts';
import { isGranted } from './grants.ts';

const TABLE = 'arn:aws:dynamodb:eu-west-1:123456789012:table/T';
const SECRETS = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:pullmedic';

describe('the judge of the harness', () => {
  it.each([
    { grant: ['sqs:SendMessage', 'arn:q'], call: ['sqs:SendMessage', 'arn:q'], is: true },
    { grant: ['sqs:SendMessage', 'arn:q'], call: ['sqs:SendMessage', 'arn:q2'], is: false },
    { grant: ['sqs:SendMessage', 'arn:q'], call: ['sqs:ReceiveMessage', 'arn:q'], is: false },
    // An index is a resource of its own.
    { grant: ['dynamodb:Query', TABLE], call: ['dynamodb:Query', `${TABLE}/index/due`], is: false },
    { grant: ['x:Get', `${SECRETS}/slack*`], call: ['x:get', `${SECRETS}/slack-AbCdEf`], is: true },
    { grant: ['x:Get', `${SECRETS}/slack*`], call: ['x:Get', `${SECRETS}/alerts-AbCdEf`], is: false },
    { grant: ['x:Get', 'arn:aws:iam::*:role/pullmedic-*'], call: ['x:Get', 'arn:aws:iam::1:role/admin'], is: false },
    // A dot is a dot.
    { grant: ['x:Get', 'queue.fifo'], call: ['x:Get', 'queue-fifo'], is: false },
  ] as const)('$grant lets $call pass: $is', ({ grant, call, is }) => {
    const grants = [{ sid: 's', action: grant[0], resource: grant[1] }];
    expect(isGranted({ action: call[0], resource: call[1] }, grants)).toBe(is);
  });
});

describe('what IAM is asked for a request', () => {
  const request = (target: string, body: object) => ({
    method: 'POST',
    path: '/',
    headers: { 'x-amz-target': target },
    body: JSON.stringify(body),
  });

  it.each([
    {
      of: request('AmazonSQS.SendMessageBatch', { QueueUrl: 'http://127.0.0.1:1/123456789012/q.fifo' }),
      calls: ['sqs:SendMessage arn:aws:sqs:eu-west-1:123456789012:q.fifo'],
    },
    {
      of: request('DynamoDB_20120810.TransactWriteItems', {
        TransactItems: [
          { Update: { TableName: 'T' } },
          { Delete: { TableName: 'T' } },
          { ConditionCheck: { TableName: 'T' } },
        ],
      }),
      calls: [`dynamodb:UpdateItem ${TABLE}`, `dynamodb:DeleteItem ${TABLE}`, `dynamodb:ConditionCheckItem ${TABLE}`],
    },
    {
      of: request('DynamoDB_20120810.Query', { TableName: 'T', IndexName: 'due' }),
      calls: [`dynamodb:Query ${TABLE}/index/due`],
    },
    {
      of: request('secretsmanager.GetSecretValue', { SecretId: 'pullmedic/slack' }),
      calls: [`secretsmanager:GetSecretValue ${SECRETS}/slack-AbCdEf`],
    },
    {
      of: request('AmazonEC2ContainerRegistry_V20150921.DescribeRepositories', { repositoryNames: ['a', 'b'] }),
      calls: ['a', 'b'].map((name) => `ecr:DescribeRepositories arn:aws:ecr:eu-west-1:123456789012:repository/${name}`),
    },
    {
      of: { method: 'POST', path: '/', headers: {}, body: 'Action=AssumeRole&RoleArn=arn%3Arole' },
      calls: ['sts:AssumeRole arn:role'],
    },
    {
      of: { method: 'GET', path: '/clusters/prod-eu', headers: {}, body: '' },
      calls: ['eks:DescribeCluster arn:aws:eks:eu-west-1:123456789012:cluster/prod-eu'],
    },
  ])('$calls', ({ of, calls }) => {
    expect(callsOf(of).map(({ action, resource }) => `${action} ${resource}`)).toEqual(calls);
  });

  it('lets nothing pass that it does not know', () => {
    expect(() => callsOf({ method: 'GET', path: '/bucket/key', headers: {}, body: '' })).toThrow(/not known/);
    expect(() => callsOf(request('Lambda.Invoke', {}))).toThrow(/not known/);
  });
});
