import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { SQSClient } from '@aws-sdk/client-sqs';
import { awsClientSettings } from '../../shared/adapters/aws/client-settings.ts';
import { createSystemClock } from '../../shared/adapters/clock.ts';
import { createConfigSource } from '../../shared/adapters/config-source/create-config-source.ts';
import { createCredentials } from '../../shared/adapters/credentials/create-credentials.ts';
import { createSignedSources } from '../../shared/adapters/credentials/signed-sources.ts';
import { createEmfMetrics } from '../../shared/adapters/log/emf-metrics.ts';
import { createLambdaLog } from '../../shared/adapters/log/lambda-log.ts';
import { createSqsQueue } from '../../shared/adapters/sqs/sqs-queue.ts';
import { parseConfig } from '../../shared/config/load.ts';
import { lambdaKeys } from '../middleware/lambda-keys.ts';
import { requiredVariable } from '../middleware/required-variable.ts';
import { createHandler } from './handler.ts';

const env = process.env;
const logger = new Logger({ serviceName: 'alert-webhook' });
const log = createLambdaLog({ logger });
const metrics = createEmfMetrics({ metrics: new Metrics({ serviceName: 'alert-webhook' }) });
const clock = createSystemClock();
const sqs = new SQSClient(awsClientSettings());

const sources = createSignedSources({
  region: requiredVariable(env, 'AWS_REGION'),
  keys: async () => lambdaKeys(env),
  fetch,
  endpoint: env['AWS_ENDPOINT_URL'],
});

export const handler = createHandler({
  triageQueue: createSqsQueue({ client: sqs, queueUrl: requiredVariable(env, 'PULLMEDIC_TRIAGE_QUEUE_URL') }),
  publishQueue: createSqsQueue({ client: sqs, queueUrl: requiredVariable(env, 'PULLMEDIC_PUBLISH_QUEUE_URL') }),
  config: createConfigSource({
    from: requiredVariable(env, 'PULLMEDIC_CONFIG'),
    parse: parseConfig,
    clock,
    log,
    readParameter: sources.ssm,
  }),
  credentials: createCredentials({ clock, env, ...sources }),
  clock,
  log,
  metrics,
}).use(injectLambdaContext(logger));
