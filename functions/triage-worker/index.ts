import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SSMClient } from '@aws-sdk/client-ssm';
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { createAlertSink } from '../../shared/adapters/alertmanager/create-alert-sink.ts';
import { awsClientSettings } from '../../shared/adapters/aws/client-settings.ts';
import { createSystemClock } from '../../shared/adapters/clock.ts';
import { createConfigSource } from '../../shared/adapters/config-source/create-config-source.ts';
import { createCredentials } from '../../shared/adapters/credentials/create-credentials.ts';
import { createSecretsManagerSource } from '../../shared/adapters/credentials/secrets-manager-source.ts';
import { createSsmSource } from '../../shared/adapters/credentials/ssm-source.ts';
import { createDynamoRecordStore } from '../../shared/adapters/dynamodb/dynamo-record-store.ts';
import { createClusters } from '../../shared/adapters/kubernetes/clusters.ts';
import { createEmfMetrics } from '../../shared/adapters/log/emf-metrics.ts';
import { createLambdaLog } from '../../shared/adapters/log/lambda-log.ts';
import { createSqsQueue } from '../../shared/adapters/sqs/sqs-queue.ts';
import { parseConfig } from '../../shared/config/load.ts';
import { createRecordIncidentStore } from '../../shared/flows/record-incident-store.ts';
import { requiredVariable } from '../middleware/required-variable.ts';
import { createHandler } from './handler.ts';

const env = process.env;
const logger = new Logger({ serviceName: 'triage-worker' });
const log = createLambdaLog({ logger });
const metrics = createEmfMetrics({ metrics: new Metrics({ namespace: 'pullmedic', serviceName: 'triage-worker' }) });
const clock = createSystemClock();

const readParameter = createSsmSource(() => new SSMClient(awsClientSettings()));
const credentials = createCredentials({
  clock,
  env,
  ssm: readParameter,
  secretsManager: createSecretsManagerSource(() => new SecretsManagerClient(awsClientSettings())),
});
const config = createConfigSource({
  from: requiredVariable(env, 'PULLMEDIC_CONFIG'),
  parse: parseConfig,
  clock,
  log,
  readParameter,
});
const records = createDynamoRecordStore({
  client: new DynamoDBClient(awsClientSettings()),
  tableName: requiredVariable(env, 'PULLMEDIC_TABLE'),
  clock,
});

export const handler = createHandler({
  alertSink: createAlertSink({ credentials, clock, fetch }),
  clusters: createClusters({
    component: 'triage-worker',
    config,
    credentials,
    clock,
    log,
    awsKeys: ({ profile }) => defaultProvider(profile === undefined ? {} : { profile }),
  }),
  store: createRecordIncidentStore(records),
  publishQueue: createSqsQueue({
    client: new SQSClient(awsClientSettings()),
    queueUrl: requiredVariable(env, 'PULLMEDIC_PUBLISH_QUEUE_URL'),
  }),
  config,
  clock,
  log,
  metrics,
}).use(injectLambdaContext(logger));
