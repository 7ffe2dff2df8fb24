import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { SQSClient } from '@aws-sdk/client-sqs';
import { awsClientSettings } from '../../shared/adapters/aws/client-settings.ts';
import { createSqsQueue } from '../../shared/adapters/sqs/sqs-queue.ts';
import { createRecordRefreshStore } from '../../shared/flows/record-refresh-store.ts';
import { requiredVariable } from '../middleware/required-variable.ts';
import { wireClusterWorker } from '../wiring/cluster-worker.ts';
import { createHandler } from './handler.ts';

const env = process.env;
const { logger, log, clock, config, records, clusters, metrics } = wireClusterWorker('refresh-scheduler', {
  env,
  config: requiredVariable(env, 'PULLMEDIC_CONFIG'),
  table: requiredVariable(env, 'PULLMEDIC_TABLE'),
  identity: 'refresh',
});

export const handler = createHandler({
  config,
  clock,
  log,
  writers: clusters,
  gauges: metrics,
  store: createRecordRefreshStore(records),
  refreshQueue: createSqsQueue({
    client: new SQSClient(awsClientSettings()),
    queueUrl: requiredVariable(env, 'PULLMEDIC_REFRESH_QUEUE_URL'),
  }),
}).use(injectLambdaContext(logger));
