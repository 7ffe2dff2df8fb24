import { describe, expect, it } from '@jest/globals';
import type { Context, SQSEvent } from 'aws-lambda';
import { createHandler } from '../../functions/incident-publisher/handler.ts';
import { ChatError } from '../../shared/domain/errors.ts';
import type { DeafNotice, PublishJob } from '../../shared/domain/jobs.ts';
import type { Chat } from '../../shared/ports/chat.ts';
import { assertFirstLine } from '../support/first-line.ts';
import { createPublishBench } from '../support/publish-bench.ts';
import { NOW, sampleIncident, sampleMember, secretExpired } from '../support/sample-incident.ts';

interface Given {
  readonly group: string;
  readonly body: PublishJob | string;
  readonly receiveCount?: number;
}

function sqsEvent(jobs: readonly Given[]): SQSEvent {
  return {
    Records: jobs.map(({ group, body, receiveCount = 1 }, index) => ({
      messageId: `m${index + 1}`,
      receiptHandle: `r${index + 1}`,
      body: typeof body === 'string' ? body : JSON.stringify(body),
      attributes: {
        ApproximateReceiveCount: String(receiveCount),
        SentTimestamp: String(NOW),
        SenderId: 'x',
        ApproximateFirstReceiveTimestamp: String(NOW),
        MessageGroupId: group,
      },
      messageAttributes: {},
      md5OfBody: '',
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:eu-west-1:111122223333:publish.fifo',
      awsRegion: 'eu-west-1',
    })),
  };
}

const poke = (incidentId: string): Given => ({ group: incidentId, body: { kind: 'poke', incidentId } });

function createBench() {
  const bench = createPublishBench();
  const postponed: [string, number][] = [];
  const run = async (jobs: readonly Given[], chat: Chat = bench.chat) => {
    const handler = createHandler({
      ...bench.ports,
      chat,
      config: { load: async () => bench.ports.config },
      visibility: {
        async postpone(receipt, seconds) {
          postponed.push([receipt, seconds]);
        },
      },
    });
    const { batchItemFailures } = await handler(sqsEvent(jobs), {} as Context);
    return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  };
  const commit = (id: string, namespace = 'shop') =>
    bench.commit(sampleIncident([sampleMember({ namespace, findings: [secretExpired()] })], { id, slot: id }));
  return { ...bench, postponed, run, commitOne: commit };
}

function refusing(chat: Chat, channel: string, error: ChatError): Chat {
  return {
    ...chat,
    async post(to, message, tag) {
      if (to === channel) throw error;
      return chat.post(to, message, tag);
    },
  };
}

describe('incident-publisher', () => {
  it('publishes what it was poked for', async () => {
    const bench = createBench();
    await bench.commitOne('a');
    expect(await bench.run([poke('a')])).toEqual([]);
    expect(bench.chat.posts()).toHaveLength(1);
    assertFirstLine(bench.chat.posts()[0]?.message.text ?? '', { subject: 'shop/checkout', mayBeRed: false });
  });

  it('waits as long as Slack asks for, and fails the job without losing it', async () => {
    const bench = createBench();
    await bench.commitOne('a');
    const limited = new ChatError('chat.postMessage', 'ratelimited', { retry: 'retry', retryAfterSeconds: 42 });
    expect(await bench.run([poke('a')], refusing(bench.chat, 'C0PLATFORM', limited))).toEqual(['m1']);
    expect(bench.postponed).toEqual([['r1', 42]]);
    expect(await bench.run([poke('a')])).toEqual([]);
    expect(bench.chat.posts()).toHaveLength(1);
  });

  it('fails what follows in the same group, and serves other groups', async () => {
    const bench = createBench();
    await bench.commitOne('a');
    await bench.commitOne('b', 'ml');
    const limited = new ChatError('chat.postMessage', 'ratelimited', { retry: 'retry', retryAfterSeconds: 1 });
    const chat = refusing(bench.chat, 'C0PLATFORM', limited);
    expect(await bench.run([poke('a'), poke('b'), poke('a')], chat)).toEqual(['m1', 'm3']);
    expect(bench.chat.posts().map(({ channel }) => channel)).toEqual(['C0MLTEAM1']);
  });

  it('does not wait for a silent Slack once per job', async () => {
    const bench = createBench();
    await bench.commitOne('a');
    await bench.commitOne('b', 'ml');
    const silent = new ChatError('chat.postMessage', 'no_answer', { retry: 'retry' });
    expect(await bench.run([poke('a'), poke('b')], refusing(bench.chat, 'C0PLATFORM', silent))).toEqual(['m1', 'm2']);
    expect(bench.chat.posts()).toEqual([]);
  });

  it.each([
    { receiveCount: 1, seconds: 2 },
    { receiveCount: 4, seconds: 16 },
    { receiveCount: 30, seconds: 300 },
  ])('backs off by itself: delivery $receiveCount ─▶ $seconds s', async ({ receiveCount, seconds }) => {
    const bench = createBench();
    await bench.commitOne('a');
    const failed = new ChatError('chat.postMessage', 'http_500', { retry: 'retry' });
    await bench.run([{ ...poke('a'), receiveCount }], refusing(bench.chat, 'C0PLATFORM', failed));
    expect(bench.postponed).toEqual([['r1', seconds]]);
  });

  it.each(['', '{', '{"kind":"poke"}', '{"kind":"other"}', 'null'])('never takes %j for done', async (body) => {
    const bench = createBench();
    expect(await bench.run([{ group: 'g', body }])).toEqual(['m1']);
    expect(bench.chat.messages).toEqual([]);
  });

  it('posts a notice once, however often it comes', async () => {
    const bench = createBench();
    const notice: Given = {
      group: 'notice',
      body: {
        kind: 'notice',
        id: 'rejected/2026-11-22T08',
        notice: { type: 'rejected-webhooks', counts: { '401': 3 }, hour: NOW },
      },
    };
    expect(await bench.run([notice, notice])).toEqual([]);
    expect(await bench.run([notice])).toEqual([]);
    expect(bench.chat.posts().map(({ message }) => message.text)).toEqual([
      '🟡 pullmedic refused 3 webhook calls from 09:16 UTC on: 3 × 401',
    ]);
  });

  it('edits the notice of a silence when it is over, and then leaves it', async () => {
    const bench = createBench();
    const deaf = { type: 'deaf', cluster: 'prod-eu', since: NOW, alert: 'Watchdog', afterMinutes: 15 } as const;
    const given = (notice: DeafNotice): Given => ({
      group: 'notice',
      body: { kind: 'notice', id: 'deaf/prod-eu/1', notice },
    });
    expect(await bench.run([given(deaf), given(deaf)])).toEqual([]);
    const [told] = bench.chat.posts();
    expect(told?.message.text).toContain('no heartbeat');
    const over = given({ ...deaf, backAt: NOW + 60_000 });
    expect(await bench.run([over, over, given(deaf)])).toEqual([]);
    expect(bench.chat.posts()).toHaveLength(1);
    expect(told?.edits).toBe(1);
    expect(told?.message.text).toMatch(/^🟢 prod-eu cluster: its alerting is heard again after 1 min/u);
  });

  it('does not tell the end of a silence that was never told', async () => {
    const bench = createBench();
    const notice: DeafNotice = {
      type: 'deaf',
      cluster: 'a',
      since: NOW,
      backAt: NOW + 1,
      alert: 'Watchdog',
      afterMinutes: 15,
    };
    expect(await bench.run([{ group: 'notice', body: { kind: 'notice', id: 'deaf/a/1', notice } }])).toEqual([]);
    expect(bench.chat.posts()).toEqual([]);
  });

  it('takes an alert of a notice without its optional parts', async () => {
    const bench = createBench();
    const body = JSON.stringify({
      kind: 'notice',
      id: 'unrouted/1',
      notice: {
        type: 'unrouted-alert',
        reason: 'no cluster is named',
        alerts: [{ name: 'ImagePullBackOff', status: 'firing', labels: { namespace: 'shop', pod: 'checkout-1' } }],
      },
    });
    expect(await bench.run([{ group: 'n', body }])).toEqual([]);
    assertFirstLine(bench.chat.posts()[0]?.message.text ?? '', { subject: 'shop/checkout-1', mayBeRed: false });
  });
});
