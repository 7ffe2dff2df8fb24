import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { SQSClient } from '@aws-sdk/client-sqs';
import { createAlertSink } from '../../shared/adapters/alertmanager/create-alert-sink.ts';
import { awsClientSettings } from '../../shared/adapters/aws/client-settings.ts';
import { createRegistry } from '../../shared/adapters/registry/create-registry.ts';
import { createSqsQueue } from '../../shared/adapters/sqs/sqs-queue.ts';
import { createRecordRemedyStore } from '../../shared/flows/record-remedy-store.ts';
import { requiredVariable } from '../middleware/required-variable.ts';
import { wireClusterWorker } from '../wiring/cluster-worker.ts';
import { createHandler } from './handler.ts';

const env = process.env;
const { logger, ...worker } = wireClusterWorker('triage-worker', {
  env,
  config: requiredVariable(env, 'PULLMEDIC_CONFIG'),
  table: requiredVariable(env, 'PULLMEDIC_TABLE'),
});

const sqs = new SQSClient(awsClientSettings());
const remedies = createRecordRemedyStore(worker.records);

export const handler = createHandler({
  ...worker,
  remedies,
  alertSink: createAlertSink({ credentials: worker.credentials, clock: worker.clock, fetch }),
  registry: createRegistry(worker),
  publishQueue: createSqsQueue({
    client: sqs,
    queueUrl: requiredVariable(env, 'PULLMEDIC_PUBLISH_QUEUE_URL'),
  }),
  refreshQueue: createSqsQueue({
    client: sqs,
    queueUrl: requiredVariable(env, 'PULLMEDIC_REFRESH_QUEUE_URL'),
  }),
  auto: {
    remedies,
    queue: createSqsQueue({ client: sqs, queueUrl: requiredVariable(env, 'PULLMEDIC_REMEDY_QUEUE_URL') }),
  },
}).use(injectLambdaContext(logger));
