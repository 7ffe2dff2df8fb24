import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { awsClientSettings } from '../../shared/adapters/aws/client-settings.ts';
import { createDynamoRecordStore } from '../../shared/adapters/dynamodb/dynamo-record-store.ts';
import { createEmfMetrics } from '../../shared/adapters/log/emf-metrics.ts';
import { createSlackDialogs } from '../../shared/adapters/slack/slack-dialogs.ts';
import { createSqsQueue } from '../../shared/adapters/sqs/sqs-queue.ts';
import { createRecordIncidentStore } from '../../shared/flows/record-incident-store.ts';
import { createRecordRemedyStore } from '../../shared/flows/record-remedy-store.ts';
import { requiredVariable } from '../middleware/required-variable.ts';
import { createSlackAccess } from '../wiring/slack-access.ts';
import { wireSlackWorker } from '../wiring/slack-worker.ts';
import { createActor } from './act.ts';
import { createHandler } from './handler.ts';

const env = process.env;
const serviceName = 'slack-actions';
/** A trigger lives 3 s, and so does the patience of whoever pressed: a later answer is worth nothing. */
const SLACK_TIMEOUT_MS = 2_500;
const { logger, log, clock, credentials, config } = wireSlackWorker(serviceName, {
  env,
  config: requiredVariable(env, 'PULLMEDIC_CONFIG'),
});
const metrics = createEmfMetrics({ metrics: new Metrics({ serviceName }) });
const records = createDynamoRecordStore({
  client: new DynamoDBClient(awsClientSettings()),
  tableName: requiredVariable(env, 'PULLMEDIC_TABLE'),
  clock,
});
const client = new SQSClient(awsClientSettings());
const queue = (variable: string) => ({ client, queueUrl: requiredVariable(env, variable) });

export const handler = createHandler({
  act: createActor({
    config,
    store: createRecordIncidentStore(records),
    remedies: createRecordRemedyStore(records),
    dialogs: createSlackDialogs({
      access: createSlackAccess({ config, credentials }),
      clock,
      timeoutMs: SLACK_TIMEOUT_MS,
    }),
    triageQueue: createSqsQueue(queue('PULLMEDIC_TRIAGE_QUEUE_URL')),
    publishQueue: createSqsQueue(queue('PULLMEDIC_PUBLISH_QUEUE_URL')),
    remedyQueue: createSqsQueue(queue('PULLMEDIC_REMEDY_QUEUE_URL')),
    clock,
    log,
    metrics,
  }),
  config,
  credentials,
  wallClock: clock,
  log,
  metrics,
}).use(injectLambdaContext(logger));
