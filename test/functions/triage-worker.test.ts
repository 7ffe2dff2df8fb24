import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { createHandler } from '../../functions/triage-worker/handler.ts';
import { ClusterError } from '../../shared/domain/errors.ts';
import { noAnswer } from '../flows/fake-cluster.ts';
import { addFailing, notFoundText } from '../flows/kube-objects.ts';
import { type LookStage, openStage } from '../flows/look-stage.ts';

const EVENT = join(import.meta.dirname, '..', '..', 'events', 'sqs', 'triage-look.json');
const IMAGE = 'ghcr.io/acme/web:gone';

function sqsEvent(...bodies: readonly unknown[]): SQSEvent {
  return {
    Records: bodies.map((body, index) => ({
      messageId: `message-${index}`,
      receiptHandle: 'r',
      body: typeof body === 'string' ? body : JSON.stringify(body),
      attributes: {} as never,
      messageAttributes: {},
      md5OfBody: '',
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:eu-west-1:123456789012:pullmedic-triage',
      awsRegion: 'eu-west-1',
    })),
  };
}

function again({ Records: records }: SQSEvent): SQSEvent {
  return { Records: records.map((one) => ({ ...one, attributes: { ApproximateReceiveCount: '2' } as never })) };
}

function lookJob(stage: LookStage, namespace: string) {
  return {
    kind: 'look',
    scope: { kind: 'namespace', cluster: 'prod', namespace },
    hintedAt: stage.now(),
    from: 'alert',
    alerts: [],
    alertCount: 0,
    isClusterAssumed: false,
  };
}

async function invoke(stage: LookStage, event: SQSEvent): Promise<SQSBatchResponse> {
  const handler = createHandler({ ...stage.deps, config: { load: async () => stage.deps.config } });
  return handler(event, {} as Context) as Promise<SQSBatchResponse>;
}

describe('triage-worker', () => {
  it('looks at the scope of a recorded event', async () => {
    const stage = openStage();
    addFailing(stage.cluster, { namespace: 'shop', name: 'app', image: IMAGE, at: stage.now() }, notFoundText(IMAGE));
    const event = JSON.parse(readFileSync(EVENT, 'utf8')) as SQSEvent;
    expect(await invoke(stage, event)).toEqual({ batchItemFailures: [] });
    expect(await stage.deps.store.incidentsIn('prod-eu', 'shop', stage.now())).toHaveLength(1);
  });

  it('gives back only the jobs that failed, so that they come again and end in the dead-letter queue', async () => {
    const stage = openStage();
    addFailing(stage.cluster, { namespace: 'good', name: 'app', image: IMAGE, at: stage.now() }, notFoundText(IMAGE));
    stage.cluster.onCall = (call) => (call.endsWith(' bad') ? noAnswer(call) : undefined);
    const event = sqsEvent(lookJob(stage, 'bad'), lookJob(stage, 'good'), 'no json', { kind: 'other' });
    expect(await invoke(stage, event)).toEqual({
      batchItemFailures: ['message-0', 'message-2', 'message-3'].map((itemIdentifier) => ({ itemIdentifier })),
    });
    expect(await stage.incidents('good')).toHaveLength(1);
  });

  it('keeps a look that failed before because its cluster cannot be read: one blind cluster is one message', async () => {
    const stage = openStage();
    stage.cluster.onCall = (call) => {
      throw new ClusterError('list', call, 401);
    };
    const first = sqsEvent(lookJob(stage, 'a'));
    expect(await invoke(stage, first)).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-0' }] });
    expect(await stage.deps.store.keptLooks('prod')).toEqual([]);
    expect(await invoke(stage, again(first))).toEqual({ batchItemFailures: [] });
    // Now it is known: nobody waits for a second try.
    expect(await invoke(stage, sqsEvent(lookJob(stage, 'b')))).toEqual({ batchItemFailures: [] });
    const kept = await stage.deps.store.keptLooks('prod');
    expect(kept.map(({ job }) => job.scope.kind === 'namespace' && job.scope.namespace)).toEqual(['a', 'b']);
    // The sweep reads that cluster, the look cannot: after three waits it is told by itself.
    const worn = again(sqsEvent({ ...lookJob(stage, 'c'), waits: 3 }));
    expect(await invoke(stage, worn)).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-0' }] });
  });

  it('a namespace that may not be read is no blind cluster', async () => {
    const stage = openStage();
    stage.cluster.onCall = (call) => {
      throw new ClusterError('list', call, 403);
    };
    const event = again(sqsEvent(lookJob(stage, 'a')));
    expect(await invoke(stage, event)).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-0' }] });
    expect(await stage.deps.store.blindness('prod')).toBeUndefined();
  });

  it('counts refused webhook calls', async () => {
    const stage = openStage();
    await invoke(stage, sqsEvent({ kind: 'rejected', counts: { '401': 2, '413': 1 }, at: stage.now() }));
    expect(await stage.deps.store.rejected(stage.now())).toEqual({ '401': 2, '413': 1 });
  });

  it('fails as a whole when there is no configuration: nothing is lost, everything comes again', async () => {
    const stage = openStage();
    const handler = createHandler({ ...stage.deps, config: { load: async () => Promise.reject(new Error('no')) } });
    await expect(handler(sqsEvent(lookJob(stage, 'shop')), {} as Context)).rejects.toThrow('no');
  });

  it('stores a heartbeat', async () => {
    const stage = openStage();
    const handler = createHandler({ ...stage.deps, config: { load: async () => stage.deps.config } });
    const event = sqsEvent({ kind: 'heartbeat', cluster: 'prod', at: stage.now() });
    expect(await handler(event, {} as Context)).toEqual({ batchItemFailures: [] });
    expect(await stage.deps.store.heartbeat('prod')).toEqual({ at: stage.now() });
  });
});
