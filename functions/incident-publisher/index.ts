import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { awsClientSettings } from '../../shared/adapters/aws/client-settings.ts';
import { createSystemClock } from '../../shared/adapters/clock.ts';
import { createConfigSource } from '../../shared/adapters/config-source/create-config-source.ts';
import { createCredentials } from '../../shared/adapters/credentials/create-credentials.ts';
import { createSignedSources } from '../../shared/adapters/credentials/signed-sources.ts';
import { createDynamoRecordStore } from '../../shared/adapters/dynamodb/dynamo-record-store.ts';
import { createEmfMetrics } from '../../shared/adapters/log/emf-metrics.ts';
import { createLambdaLog } from '../../shared/adapters/log/lambda-log.ts';
import { createSlackChat } from '../../shared/adapters/slack/slack-chat.ts';
import { createSqsQueue } from '../../shared/adapters/sqs/sqs-queue.ts';
import { parseConfig } from '../../shared/config/load.ts';
import { createRecordIncidentStore } from '../../shared/flows/record-incident-store.ts';
import { lambdaKeys } from '../middleware/lambda-keys.ts';
import { requiredVariable } from '../middleware/required-variable.ts';
import { createHandler } from './handler.ts';

const env = process.env;
const logger = new Logger({ serviceName: 'incident-publisher' });
const log = createLambdaLog({ logger });
const metrics = createEmfMetrics({
  metrics: new Metrics({ namespace: 'pullmedic', serviceName: 'incident-publisher' }),
});
const clock = createSystemClock();

const sources = createSignedSources({
  region: requiredVariable(env, 'AWS_REGION'),
  keys: async () => lambdaKeys(env),
  fetch,
  endpoint: env['AWS_ENDPOINT_URL'],
});
const credentials = createCredentials({ clock, env, ...sources });
const config = createConfigSource({
  from: requiredVariable(env, 'PULLMEDIC_CONFIG'),
  parse: parseConfig,
  clock,
  log,
  readParameter: sources.ssm,
});

export const handler = createHandler({
  store: createRecordIncidentStore(
    createDynamoRecordStore({
      client: new DynamoDBClient(awsClientSettings()),
      tableName: requiredVariable(env, 'PULLMEDIC_TABLE'),
      clock,
    }),
  ),
  chat: createSlackChat({
    access: async () => {
      const { slack } = await config.load();
      return { token: await credentials.read(slack.botToken), apiUrl: slack.apiUrl };
    },
  }),
  visibility: createSqsQueue({
    client: new SQSClient(awsClientSettings()),
    queueUrl: requiredVariable(env, 'PULLMEDIC_PUBLISH_QUEUE_URL'),
  }),
  config,
  clock,
  log,
  metrics,
}).use(injectLambdaContext(logger));
