import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Context, ScheduledEvent } from 'aws-lambda';
import { createHandler as createScheduler } from '../../functions/refresh-scheduler/handler.ts';
import { createHandler as createWorker } from '../../functions/secret-refresh/handler.ts';
import { sqsEvent } from '../../functions/serve/sqs-event.ts';
import { createSystemClock } from '../../shared/adapters/clock.ts';
import { createDynamoRecordStore } from '../../shared/adapters/dynamodb/dynamo-record-store.ts';
import { createCredentialIssuer } from '../../shared/adapters/ecr/create-credential-issuer.ts';
import { createSqsQueue } from '../../shared/adapters/sqs/sqs-queue.ts';
import type { PublishJob, RefreshJob } from '../../shared/domain/jobs.ts';
import { createRecordRefreshStore } from '../../shared/flows/record-refresh-store.ts';
import { createTable } from '../support/dynamo-table.ts';
import { fakeSecrets } from '../support/fake-secrets.ts';
import { describeWithMoto, type Moto, startMoto } from '../support/moto.ts';
import { authOf, documentOf, ECR_HOST, ecrPassword, pullSecret, refreshTarget } from '../support/refresh-builders.ts';
import { sampleConfig } from '../support/sample-incident.ts';
import { createSqsSource } from '../support/sqs-source.ts';

describeWithMoto("a scheduled run over AWS's own APIs", () => {
  let moto: Moto;
  let sqs: SQSClient;
  let dynamo: DynamoDBClient;
  beforeAll(async () => {
    moto = await startMoto();
    sqs = new SQSClient(moto.clientConfig);
    dynamo = new DynamoDBClient(moto.clientConfig);
  });
  afterAll(async () => {
    sqs.destroy();
    dynamo.destroy();
    await moto.stop();
  });

  it('goes through the queue, the table, the role and ECR, and says on the publish queue what it repaired', async () => {
    const clock = createSystemClock();
    const open = async (name: string, fifo = false) => {
      const attributes: Record<string, string> = fifo ? { FifoQueue: 'true' } : {};
      const QueueName = `${name}-${randomUUID()}${fifo ? '.fifo' : ''}`;
      return (await sqs.send(new CreateQueueCommand({ QueueName, Attributes: attributes }))).QueueUrl ?? '';
    };
    const [refreshUrl, publishUrl] = [await open('refresh'), await open('publish', true)];
    const refreshQueue = createSqsQueue<RefreshJob>({ client: sqs, queueUrl: refreshUrl });
    const publishQueue = createSqsQueue<PublishJob>({ client: sqs, queueUrl: publishUrl });
    const store = createRecordRefreshStore(
      createDynamoRecordStore({ client: dynamo, tableName: await createTable(dynamo), clock }),
    );
    const auth = authOf('AWS', ecrPassword(clock.now() - 3_600_000));
    const fake = fakeSecrets([pullSecret({ auths: { [ECR_HOST]: { auth } } })]);
    const config = sampleConfig({
      clusters: [{ name: 'prod-eu', environment: 'prod', access: { kind: 'in-cluster' } }],
      targets: [refreshTarget()],
    });
    const shared = {
      clock,
      store,
      config: { load: async () => config },
      writers: { writer: async () => fake },
      log: { debug() {}, info() {}, warn() {}, error() {} },
      metrics: { count() {} },
    };
    await createScheduler({ ...shared, refreshQueue })({} as ScheduledEvent, {} as Context);

    const received = await createSqsSource(sqs, refreshUrl, refreshQueue).receive(10, 30);
    expect(received).toHaveLength(1);
    const worker = createWorker({
      ...shared,
      publishQueue,
      issuer: createCredentialIssuer({
        awsKeys: async () => ({ accessKeyId: 'test', secretAccessKey: 'test' }),
        clock,
        endpoints: { ecr: moto.endpoint, sts: moto.endpoint },
      }),
    });
    expect(await worker(sqsEvent('refresh', received, clock.now()), {} as Context)).toEqual({ batchItemFailures: [] });

    const written = documentOf(fake.get('shop', 'ecr-creds')).auths[ECR_HOST]?.auth ?? '';
    // moto's token; its name begins with its account.
    expect(Buffer.from(written, 'base64').toString()).toMatch(/^AWS:\w+-auth-token$/);
    const memory = await store.memory('prod-eu');
    expect(memory).toMatchObject({
      secrets: 1,
      failed: 0,
      told: [],
      repaired: { secrets: 1, examples: ['shop/ecr-creds'] },
    });

    const said = await createSqsSource(sqs, publishUrl, publishQueue).receive(10, 30);
    expect(said.map(({ body }) => JSON.parse(body))).toMatchObject([
      { kind: 'notice', notice: { type: 'secrets-repaired', cluster: 'prod-eu', repaired: { secrets: 1 } } },
    ]);
  });
});
