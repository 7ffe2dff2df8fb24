import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { SQSClient } from '@aws-sdk/client-sqs';
import { awsClientSettings } from '../../shared/adapters/aws/client-settings.ts';
import { createRegistry } from '../../shared/adapters/registry/create-registry.ts';
import { createSqsQueue } from '../../shared/adapters/sqs/sqs-queue.ts';
import { createRecordPreflightStore } from '../../shared/flows/preflight/record-preflight-store.ts';
import { requiredVariable } from '../middleware/required-variable.ts';
import { wireClusterWorker } from '../wiring/cluster-worker.ts';
import { createHandler } from './handler.ts';

const env = process.env;
const { logger, records, ...worker } = wireClusterWorker('preflight', {
  env,
  config: requiredVariable(env, 'PULLMEDIC_CONFIG'),
  table: requiredVariable(env, 'PULLMEDIC_TABLE'),
});

export const handler = createHandler({
  ...worker,
  inventories: worker.clusters,
  store: createRecordPreflightStore(records),
  registry: createRegistry(worker),
  publishQueue: createSqsQueue({
    client: new SQSClient(awsClientSettings()),
    queueUrl: requiredVariable(env, 'PULLMEDIC_PUBLISH_QUEUE_URL'),
  }),
}).use(injectLambdaContext(logger));
