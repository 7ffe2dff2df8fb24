import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { SQSClient } from '@aws-sdk/client-sqs';
import { createSilencer } from '../../shared/adapters/alertmanager/silencer.ts';
import { awsClientSettings } from '../../shared/adapters/aws/client-settings.ts';
import { createRegistry } from '../../shared/adapters/registry/create-registry.ts';
import { createSlackDialogs } from '../../shared/adapters/slack/slack-dialogs.ts';
import { createSqsQueue } from '../../shared/adapters/sqs/sqs-queue.ts';
import { createRecordRemedyStore } from '../../shared/flows/record-remedy-store.ts';
import { requiredVariable } from '../middleware/required-variable.ts';
import { wireClusterWorker } from '../wiring/cluster-worker.ts';
import { createSlackAccess } from '../wiring/slack-access.ts';
import { createHandler } from './handler.ts';

const env = process.env;
const { logger, records, ...worker } = wireClusterWorker('remedy-worker', {
  env,
  config: requiredVariable(env, 'PULLMEDIC_CONFIG'),
  table: requiredVariable(env, 'PULLMEDIC_TABLE'),
  identity: 'remedy',
});
const { clock, config, credentials } = worker;
const sqs = new SQSClient(awsClientSettings());

export const handler = createHandler({
  ...worker,
  remedies: createRecordRemedyStore(records),
  registry: createRegistry(worker),
  silencer: createSilencer({ credentials, clock, config, fetch }),
  dialogs: createSlackDialogs({
    access: createSlackAccess({ config, credentials }),
    clock,
  }),
  publishQueue: createSqsQueue({ client: sqs, queueUrl: requiredVariable(env, 'PULLMEDIC_PUBLISH_QUEUE_URL') }),
  refreshQueue: createSqsQueue({ client: sqs, queueUrl: requiredVariable(env, 'PULLMEDIC_REFRESH_QUEUE_URL') }),
}).use(injectLambdaContext(logger));
