import { CreateTableCommand, type CreateTableCommandInput, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Moto } from '../support/moto-server.ts';
import { ACCOUNT, REGION } from './aws-calls.ts';
import { type Attributes, evaluate, resourcesOf, type Template } from './template.ts';

/** CloudFormation names it after the stack, as `pullmedic-prod-Table-1ABC…`. */
const TABLE_NAME = 'pullmedic-prod-Table-0HARNESS';

/** What the template creates and functions use: known before anything is there, so that grants can be judged. */
export function attributesOf(template: Template, awsUrl: string): Attributes {
  const nameOf = (id: string) => template.Resources[id]?.Properties['QueueName'] as string;
  return {
    ref(id) {
      switch (template.Resources[id]?.Type) {
        case 'AWS::SQS::Queue':
          return `${awsUrl}/${ACCOUNT}/${nameOf(id)}`;
        case 'AWS::DynamoDB::Table':
          return TABLE_NAME;
        default:
          return PSEUDO[id];
      }
    },
    attribute(id, name) {
      switch (`${template.Resources[id]?.Type} ${name}`) {
        case 'AWS::SQS::Queue Arn':
          return `arn:aws:sqs:${REGION}:${ACCOUNT}:${nameOf(id)}`;
        case 'AWS::SQS::Queue QueueName':
          return nameOf(id);
        case 'AWS::DynamoDB::Table Arn':
          return `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${TABLE_NAME}`;
        case 'AWS::Logs::LogGroup Arn':
          return `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:${template.Resources[id]?.Properties['LogGroupName']}:*`;
        default:
          return undefined;
      }
    },
  };
}

const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws',
  'AWS::Region': REGION,
  'AWS::AccountId': ACCOUNT,
  'AWS::URLSuffix': 'amazonaws.com',
};

/** Clients of the harness itself, straight to moto. */
export function clientSettings({ clientConfig }: Moto) {
  return { ...clientConfig, region: REGION };
}

/** Creates the queues and the table with the properties of the template. Dead-letter queues come first. */
export async function createResources(template: Template, attributes: Attributes, moto: Moto): Promise<void> {
  const sqs = new SQSClient(clientSettings(moto));
  const dynamo = new DynamoDBClient(clientSettings(moto));
  const queues = [...resourcesOf(template, 'AWS::SQS::Queue')].sort(
    (a, b) => Number('RedrivePolicy' in a.Properties) - Number('RedrivePolicy' in b.Properties),
  );
  for (const { Properties } of queues) {
    const { QueueName, ...rest } = evaluate(Properties, template, attributes) as Readonly<Record<string, unknown>>;
    const Attributes = Object.fromEntries(
      Object.entries(rest).map(([name, value]) => [
        name,
        typeof value === 'object' ? JSON.stringify(value) : String(value),
      ]),
    );
    await sqs.send(new CreateQueueCommand({ QueueName: String(QueueName), Attributes }));
  }
  for (const { Properties } of resourcesOf(template, 'AWS::DynamoDB::Table')) {
    const {
      TimeToLiveSpecification: _ttl,
      PointInTimeRecoverySpecification: _pitr,
      SSESpecification: _sse,
      ...table
    } = evaluate(Properties, template, attributes) as Readonly<Record<string, unknown>>;
    await dynamo.send(new CreateTableCommand({ ...table, TableName: TABLE_NAME } as CreateTableCommandInput));
  }
  sqs.destroy();
  dynamo.destroy();
}
