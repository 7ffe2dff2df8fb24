import type { IncomingHttpHeaders } from 'node:http';
import type { AwsCall } from './grants.ts';

export const ACCOUNT = '123456789012';
export const REGION = 'eu-west-1';

/** A request to AWS, as it is on the wire. */
export interface WireRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

type Input = Readonly<Record<string, unknown>>;

/**
 * What IAM is asked for a request: the service authorization reference names the actions, which are not always the
 * operations (a batch is `sqs:SendMessage`, a transaction is what its items are).
 * @throws for a request that it does not know: it must not pass unseen
 */
export function callsOf(request: WireRequest): readonly AwsCall[] {
  const target = String(request.headers['x-amz-target'] ?? '');
  const [, service = '', operation = ''] = /^([A-Za-z_0-9]+)\.(\w+)$/.exec(target) ?? [];
  const reader = READERS[service];
  if (reader !== undefined) return reader(operation, JSON.parse(request.body) as Input);
  const form = new URLSearchParams(request.body);
  if (form.get('Action') === 'AssumeRole') return [{ action: 'sts:AssumeRole', resource: form.get('RoleArn') ?? '' }];
  const cluster = /^\/clusters\/([^/?]+)$/.exec(request.path)?.[1];
  if (cluster !== undefined && request.method === 'GET') {
    return [{ action: 'eks:DescribeCluster', resource: `arn:aws:eks:${REGION}:${ACCOUNT}:cluster/${cluster}` }];
  }
  throw new Error(`${request.method} ${request.path} ${target} ${form.get('Action') ?? ''}: not known to the harness`);
}

const READERS: Readonly<Record<string, (operation: string, input: Input) => readonly AwsCall[]>> = {
  AmazonSQS: (operation, { QueueUrl }) => {
    const queue = String(QueueUrl).split('/').at(-1);
    const action = `sqs:${operation.replace(/Batch$/, '')}`;
    return [{ action, resource: `arn:aws:sqs:${REGION}:${ACCOUNT}:${queue}` }];
  },
  DynamoDB_20120810: dynamoCalls,
  AmazonSSM: (operation, { Name }) => [
    { action: `ssm:${operation}`, resource: `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter${slashed(String(Name))}` },
  ],
  secretsmanager: (operation, { SecretId }) => [
    // A secret's ARN ends in six characters of its own.
    {
      action: `secretsmanager:${operation}`,
      resource: `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:${SecretId}-AbCdEf`,
    },
  ],
  AmazonEC2ContainerRegistry_V20150921: (operation, { repositoryName, repositoryNames, registryId = ACCOUNT }) => {
    const action = `ecr:${operation}`;
    if (operation === 'GetAuthorizationToken') return [{ action, resource: '*' }];
    const names = [repositoryName ?? repositoryNames].flat();
    return names.map((name) => ({ action, resource: `arn:aws:ecr:${REGION}:${registryId}:repository/${name}` }));
  },
};

function dynamoCalls(operation: string, input: Input): readonly AwsCall[] {
  const table = (name: unknown) => `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${name}`;
  if (operation === 'TransactWriteItems') {
    const items = input['TransactItems'] as readonly Readonly<Record<string, { readonly TableName: string }>>[];
    return items.flatMap((item) =>
      Object.entries(item).map(([kind, { TableName }]) => {
        const action = kind === 'ConditionCheck' ? 'ConditionCheckItem' : `${kind}Item`;
        return { action: `dynamodb:${action}`, resource: table(TableName) };
      }),
    );
  }
  const { TableName, IndexName } = input;
  const resource = IndexName === undefined ? table(TableName) : `${table(TableName)}/index/${IndexName}`;
  return [{ action: `dynamodb:${operation}`, resource }];
}

function slashed(name: string): string {
  return name.startsWith('/') ? name : `/${name}`;
}
