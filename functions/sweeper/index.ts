import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { SQSClient } from '@aws-sdk/client-sqs';
import { awsClientSettings } from '../../shared/adapters/aws/client-settings.ts';
import { createSqsQueue } from '../../shared/adapters/sqs/sqs-queue.ts';
import { createRecordRemedyStore } from '../../shared/flows/record-remedy-store.ts';
import { requiredVariable } from '../middleware/required-variable.ts';
import { wireClusterWorker } from '../wiring/cluster-worker.ts';
import { createHandler } from './handler.ts';

const env = process.env;
const { logger, records, ...worker } = wireClusterWorker('sweeper', {
  env,
  config: requiredVariable(env, 'PULLMEDIC_CONFIG'),
  table: requiredVariable(env, 'PULLMEDIC_TABLE'),
});
const sqs = new SQSClient(awsClientSettings());

export const handler = createHandler({
  ...worker,
  triageQueue: createSqsQueue({ client: sqs, queueUrl: requiredVariable(env, 'PULLMEDIC_TRIAGE_QUEUE_URL') }),
  remedies: createRecordRemedyStore(records),
  remedyQueue: createSqsQueue({ client: sqs, queueUrl: requiredVariable(env, 'PULLMEDIC_REMEDY_QUEUE_URL') }),
  publishQueue: createSqsQueue({ client: sqs, queueUrl: requiredVariable(env, 'PULLMEDIC_PUBLISH_QUEUE_URL') }),
}).use(injectLambdaContext(logger));
