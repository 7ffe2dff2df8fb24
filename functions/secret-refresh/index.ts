import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { SQSClient } from '@aws-sdk/client-sqs';
import { awsClientSettings } from '../../shared/adapters/aws/client-settings.ts';
import { createCredentialIssuer } from '../../shared/adapters/ecr/create-credential-issuer.ts';
import { createRegistry } from '../../shared/adapters/registry/create-registry.ts';
import { createSqsQueue } from '../../shared/adapters/sqs/sqs-queue.ts';
import { createRecordRefreshStore } from '../../shared/flows/record-refresh-store.ts';
import { CONCURRENCY } from '../../shared/flows/refreshing/refresh-cluster.ts';
import { requiredVariable } from '../middleware/required-variable.ts';
import { wireClusterWorker } from '../wiring/cluster-worker.ts';
import { createHandler } from './handler.ts';

const env = process.env;
const {
  logger,
  records,
  clusters,
  store: _incidents,
  ...worker
} = wireClusterWorker('secret-refresh', {
  env,
  config: requiredVariable(env, 'PULLMEDIC_CONFIG'),
  table: requiredVariable(env, 'PULLMEDIC_TABLE'),
  identity: 'refresh',
  connections: CONCURRENCY,
});

export const handler = createHandler({
  ...worker,
  writers: clusters,
  issuer: createCredentialIssuer({ awsKeys: worker.awsKeys({ profile: undefined }), clock: worker.clock }),
  registry: createRegistry(worker),
  store: createRecordRefreshStore(records),
  publishQueue: createSqsQueue({
    client: new SQSClient(awsClientSettings()),
    queueUrl: requiredVariable(env, 'PULLMEDIC_PUBLISH_QUEUE_URL'),
  }),
}).use(injectLambdaContext(logger));
