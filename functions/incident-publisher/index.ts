import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { awsClientSettings } from '../../shared/adapters/aws/client-settings.ts';
import { createDynamoRecordStore } from '../../shared/adapters/dynamodb/dynamo-record-store.ts';
import { createEmfMetrics } from '../../shared/adapters/log/emf-metrics.ts';
import { createSlackChat } from '../../shared/adapters/slack/slack-chat.ts';
import { createSqsQueue } from '../../shared/adapters/sqs/sqs-queue.ts';
import { createRecordIncidentStore } from '../../shared/flows/record-incident-store.ts';
import { createRecordRemedyStore } from '../../shared/flows/record-remedy-store.ts';
import { requiredVariable } from '../middleware/required-variable.ts';
import { createSlackAccess } from '../wiring/slack-access.ts';
import { wireSlackWorker } from '../wiring/slack-worker.ts';
import { createHandler } from './handler.ts';

const env = process.env;
const serviceName = 'incident-publisher';
const { logger, log, clock, credentials, config } = wireSlackWorker(serviceName, {
  env,
  config: requiredVariable(env, 'PULLMEDIC_CONFIG'),
});

const records = createDynamoRecordStore({
  client: new DynamoDBClient(awsClientSettings()),
  tableName: requiredVariable(env, 'PULLMEDIC_TABLE'),
  clock,
});

export const handler = createHandler({
  store: createRecordIncidentStore(records),
  remedies: createRecordRemedyStore(records),
  chat: createSlackChat({
    access: createSlackAccess({ config, credentials }),
  }),
  visibility: createSqsQueue({
    client: new SQSClient(awsClientSettings()),
    queueUrl: requiredVariable(env, 'PULLMEDIC_PUBLISH_QUEUE_URL'),
  }),
  config,
  clock,
  log,
  metrics: createEmfMetrics({ metrics: new Metrics({ serviceName }) }),
}).use(injectLambdaContext(logger));
