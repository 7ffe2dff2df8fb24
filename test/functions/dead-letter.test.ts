import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import type { Context, SQSEvent, SQSRecord } from 'aws-lambda';
import fc from 'fast-check';
import { createHandler, type DeadLetterMessage } from '../../functions/dead-letter/handler.ts';
import { createSlackPoster } from '../../functions/dead-letter/slack-poster.ts';
import { parseConfig } from '../../shared/config/load.ts';
import { ChatError, ConfigError } from '../../shared/domain/errors.ts';
import { Secret } from '../../shared/domain/secret.ts';
import { assertFirstLine } from '../support/first-line.ts';

const events = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'events', 'sqs');
const RECORDED: SQSEvent = JSON.parse(readFileSync(join(events, 'dead-letters.json'), 'utf8'));
const LOOK = JSON.parse(RECORDED.Records[0]?.body ?? '');
const NOW = Date.parse('2026-11-22T11:36:00Z');
const CONFIG = parseConfig(
  'clusters: [{ name: prod-eu }, { name: dev, environment: non-prod }]\nslack: { channel: C1 }',
  'test',
);

const log = { debug() {}, info() {}, warn() {}, error() {} };

function records(...bodies: readonly unknown[]): SQSEvent {
  const sample = RECORDED.Records[0] as SQSRecord;
  return {
    Records: bodies.map((body, index) => ({
      ...sample,
      messageId: `message-${index}`,
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })),
  };
}

async function run(
  event: SQSEvent,
  options: {
    readonly failFor?: (message: DeadLetterMessage) => boolean;
    readonly isConfigBroken?: boolean;
    readonly fallbackChannel?: string;
  } = {},
) {
  const posted: DeadLetterMessage[] = [];
  const handler = createHandler({
    post: async (message) => {
      if (options.failFor?.(message)) throw new ChatError('chat.postMessage', 'fatal_error', { retry: 'retry' });
      posted.push(message);
    },
    config: { load: async () => (options.isConfigBroken ? Promise.reject(new ConfigError('bad')) : CONFIG) },
    fallbackChannel: options.fallbackChannel,
    clock: { now: () => NOW },
    log,
  });
  return { answer: await handler(event, {} as Context), posted };
}

describe('dead-letter', () => {
  it('says which alert could not be triaged, with the raw alert', async () => {
    const { posted, answer } = await run(records(LOOK));
    expect(answer).toEqual({ batchItemFailures: [] });
    expect(posted).toHaveLength(1);
    expect(posted[0]?.channel).toBe('C1');
    expect(posted[0]?.text).toBe(
      '🟠 prod-eu shop/web-5b6bd4c597-qmrjw: could not triage alert KubePodImagePullBackOff, look yourself',
    );
    expect(JSON.stringify(posted[0]?.blocks)).toContain('ImagePullBackOff');
    expect(JSON.stringify(posted[0]?.blocks)).toContain('queue pullmedic-triage-dead');
  });

  it.each([
    {
      says: 'a look of the sweep',
      body: { ...LOOK, from: 'sweep', alerts: [], alertCount: 0 },
      text: '🟠 prod-eu shop: could not triage pods that cannot pull, look yourself',
    },
    {
      says: 'not prod',
      body: { ...LOOK, scope: { ...LOOK.scope, cluster: 'dev' } },
      text: '🟡 dev shop/web-5b6bd4c597-qmrjw: could not triage alert KubePodImagePullBackOff, look yourself',
    },
    {
      says: 'many alerts',
      body: { ...LOOK, alertCount: 300 },
      text: '🟠 prod-eu shop/web-5b6bd4c597-qmrjw: could not triage alert KubePodImagePullBackOff and 299 more, look yourself',
    },
    {
      says: 'a node',
      body: { ...LOOK, scope: { kind: 'node', cluster: 'prod-eu', node: 'ip-10-0-3-7.eu-west-1.compute.internal' } },
      text: '🟠 prod-eu node ip-10-0-3-7: could not triage alert KubePodImagePullBackOff, look yourself',
    },
    {
      says: 'a registry',
      body: { ...LOOK, scope: { kind: 'registry', cluster: 'prod-eu', registry: 'registry.example.com' } },
      text: '🟠 prod-eu registry alert: could not triage alert KubePodImagePullBackOff, look yourself',
    },
    {
      says: 'a poke',
      body: { kind: 'poke', incidentId: 'i1' },
      text: '🟠 pullmedic found an incident and could not post it: the number of it is in the message',
    },
    {
      says: 'refused calls',
      body: { kind: 'rejected', counts: { 401: 2 }, at: 0 },
      text: '🟡 pullmedic refused webhook calls and could not count them: check the token and the body sent',
    },
    {
      says: 'a part of a refresh run',
      body: { kind: 'refresh', cluster: 'prod-eu', reason: 'schedule', run: { startedAt: 0, part: 0 } },
      text: '🟠 prod-eu cluster: ECR secrets are not refreshed, a job failed for good',
    },
    {
      says: 'a heartbeat',
      body: { kind: 'heartbeat', cluster: 'prod-eu', at: 0 },
      text: '🟠 prod-eu cluster: pullmedic could not store the heartbeat of its alerting',
    },
    {
      says: 'an unrouted alert',
      body: { kind: 'notice', id: 'unrouted/x', notice: { type: 'unrouted-alert', alerts: LOOK.alerts, reason: 'x' } },
      text: '🟠 prod-eu shop web-5b6bd4c597-qmrjw: could not triage alert KubePodImagePullBackOff, look yourself',
    },
    {
      says: 'another notice',
      body: { kind: 'notice', id: 'b', notice: { type: 'blind', cluster: 'prod-eu' } },
      text: '🟠 pullmedic could not post a notice: blind',
    },
    {
      says: 'text',
      body: 'not json',
      text: '🟠 pullmedic could not triage a job that it cannot read: the raw text is in the message',
    },
    {
      says: 'a job of another kind',
      body: { kind: 'other' },
      text: '🟠 pullmedic could not triage a job that it cannot read: the raw text is in the message',
    },
    {
      says: 'a look without a scope',
      body: { kind: 'look' },
      text: '🟠 pullmedic could not triage a job that it cannot read: the raw text is in the message',
    },
  ])('$says', async ({ body, text }) => {
    const { posted } = await run(records(body));
    expect(posted.map((message) => message.text)).toEqual([text]);
    assertFirstLine(text, { mayBeRed: false });
  });

  it('tells seven looks at one scope for one alert once, and names every message', async () => {
    const looks = [0, 10, 20, 30, 40, 50, 60].map((seconds) => ({ ...LOOK, hintedAt: LOOK.hintedAt + seconds * 1000 }));
    const { posted } = await run(records(...looks));
    expect(posted).toHaveLength(1);
    expect(posted[0]?.metadata.event_payload.message_ids.split(' ')).toHaveLength(7);
  });

  it('tells the alert before the look that the sweeper sent for the same scope, whose id its message covers', async () => {
    const { posted } = await run(records({ ...LOOK, from: 'sweep', alerts: [], alertCount: 0 }, LOOK));
    const [alert, sweep] = posted.map(({ metadata }) => metadata.event_payload.id);
    expect(sweep).toMatch(/\/$/);
    expect(alert).not.toMatch(/\/$/);
    expect(alert?.startsWith(sweep ?? '?')).toBe(true);
  });

  it('tells different alerts and different scopes apart', async () => {
    const later = { ...LOOK, alerts: [{ ...LOOK.alerts[0], startsAt: 1 }] };
    const elsewhere = { ...LOOK, scope: { ...LOOK.scope, namespace: 'other' } };
    expect((await run(records(LOOK, later, elsewhere))).posted).toHaveLength(3);
  });

  it('gives back what Slack did not take, and only that', async () => {
    const event = records({ ...LOOK, scope: { ...LOOK.scope, namespace: 'other' } }, LOOK);
    const { answer, posted } = await run(event, { failFor: ({ text }) => text.includes('other') });
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-0' }] });
    expect(posted).toHaveLength(1);
  });

  it('fails when Slack took nothing', async () => {
    await expect(run(records(LOOK, 'x'), { failFor: () => true })).rejects.toBeInstanceOf(ChatError);
  });

  it('uses the fallback channel when the configuration cannot be read, and fails without one', async () => {
    const { posted } = await run(records(LOOK), { isConfigBroken: true, fallbackChannel: 'C9' });
    expect(posted.map(({ channel }) => channel)).toEqual(['C9']);
    await expect(run(records(LOOK), { isConfigBroken: true })).rejects.toBeInstanceOf(ConfigError);
  });

  it('escapes and redacts what a cluster may have written', async () => {
    const labels = {
      pod: '<!channel>',
      image: 'https://user:hunter2@r.example.com/a',
      note: '```</pre><https://evil.example|x>',
    };
    const { posted } = await run(
      records({ ...LOOK, alerts: [{ ...LOOK.alerts[0], name: '<!here> :tada: *b*', labels }] }),
    );
    const text = JSON.stringify(posted.map(({ blocks, text }) => [blocks.slice(1), text]));
    expect(text).not.toMatch(/<!|<https|hunter2/);
    assertFirstLine(posted[0]?.text ?? '');
    // The fence around the raw text is the only one.
    expect(text.match(/```/g)).toHaveLength(2);
  });

  it("keeps to the first line's rules and to Slack's limits, whatever stands in the body", async () => {
    const word = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.constantFrom('<!channel>', 'https://a.example/b', '&'.repeat(3000), '`'.repeat(3000)),
    );
    const job = fc.oneof(
      word,
      fc.json(),
      fc.record({
        kind: fc.constantFrom('look', 'poke', 'notice', 'rejected'),
        scope: fc.record({
          kind: fc.constantFrom('namespace', 'node', 'registry', 'cluster'),
          cluster: word,
          namespace: word,
          node: word,
          registry: word,
        }),
        alerts: fc.array(fc.record({ name: word, labels: fc.dictionary(word, word) }), { maxLength: 3 }),
        alertCount: fc.nat(),
        id: word,
      }),
    );
    await fc.assert(
      fc.asyncProperty(job, async (body) => {
        const { posted } = await run(records(body));
        expect(posted).toHaveLength(1);
        for (const { text, blocks } of posted) {
          assertFirstLine(text, { mayBeRed: false });
          for (const block of blocks as readonly { readonly text?: { readonly text: string } }[]) {
            expect(block.text?.text.length ?? 0).toBeLessThanOrEqual(3000);
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('the poster', () => {
  interface Call {
    readonly method: string;
    readonly form: Readonly<Record<string, string>>;
  }

  /** Slack over `fetch`: keeps what is posted and gives it back as history, unless `answers` says otherwise. */
  function slack(answers: Readonly<Record<string, () => Response | Promise<Response>>> = {}) {
    const calls: Call[] = [];
    const messages: unknown[] = [];
    const time = { now: NOW };
    async function fetch(url: string, init: RequestInit): Promise<Response> {
      const method = url.slice('https://slack.test/api/'.length);
      const form = Object.fromEntries(init.body as URLSearchParams);
      calls.push({ method, form });
      const answer = answers[method];
      if (answer !== undefined) return answer();
      if (method === 'chat.postMessage') messages.push({ metadata: JSON.parse(form['metadata'] ?? '{}') });
      return Response.json({ ok: true, channel: 'C1', ts: '1.2', messages });
    }
    const connect = async () => ({ token: new Secret('xoxb-1'), apiUrl: 'https://slack.test/api/' });
    /** A new instance each time: nothing remembered. */
    const poster = () => createSlackPoster({ fetch, connect, clock: { now: () => time.now } });
    const methods = () => calls.map(({ method }) => method);
    return { calls, methods, poster, time };
  }

  const message: DeadLetterMessage = {
    channel: 'pulls',
    text: 'x',
    blocks: [{ type: 'divider' }],
    metadata: { event_type: 'pullmedic_dead_letter', event_payload: { id: 'a', message_ids: 'm' } },
  };

  it('posts with the metadata that finds it again', async () => {
    const { calls, poster } = slack();
    await poster()(message);
    expect(calls.map(({ method }) => method)).toEqual(['conversations.history', 'chat.postMessage']);
    expect(calls[1]?.form).toEqual({
      channel: 'pulls',
      text: 'x',
      blocks: '[{"type":"divider"}]',
      metadata: '{"event_type":"pullmedic_dead_letter","event_payload":{"id":"a","message_ids":"m"}}',
    });
  });

  it('posts once: remembered by this instance, found in the history by another', async () => {
    const { methods, poster } = slack();
    const first = poster();
    await first(message);
    await first(message);
    await poster()(message);
    expect(methods().filter((method) => method === 'chat.postMessage')).toHaveLength(1);
  });

  it.each([
    { posts: ['look/shop/1', 'look/shop/'], told: 1 },
    { posts: ['look/shop/', 'look/shop/1'], told: 2 },
    { posts: ['look/shop/1', 'look/shop/2'], told: 2 },
    { posts: ['look/shops/1', 'look/shop/'], told: 2 },
  ])(
    'of $posts it posts $told: an id that ends with a slash is told by those that begin with it',
    async ({ posts, told }) => {
      const { methods, poster } = slack();
      const remembering = poster();
      const withId = (id: string): DeadLetterMessage => ({
        ...message,
        metadata: { ...message.metadata, event_payload: { id, message_ids: 'm' } },
      });
      for (const id of posts) await remembering(withId(id));
      // Another instance has only the history.
      for (const id of posts) await poster()(withId(id));
      expect(methods().filter((method) => method === 'chat.postMessage')).toHaveLength(told);
    },
  );

  it('says it again after an hour', async () => {
    const { methods, poster, time } = slack({
      'conversations.history': () => Response.json({ ok: true, messages: [] }),
    });
    const post = poster();
    await post(message);
    time.now += 3_600_000;
    await post(message);
    expect(methods().filter((method) => method === 'chat.postMessage')).toHaveLength(2);
  });

  it('posts though the history cannot be read', async () => {
    const { methods, poster } = slack({
      'conversations.history': () => Response.json({ ok: false, error: 'missing_scope' }),
    });
    await poster()(message);
    expect(methods()).toEqual(['conversations.history', 'chat.postMessage']);
  });

  it('asks the history by the id that Slack gave for a name', async () => {
    const { calls, poster } = slack();
    const post = poster();
    await post(message);
    await post({ ...message, metadata: { ...message.metadata, event_payload: { id: 'b', message_ids: 'n' } } });
    expect(calls.filter(({ method }) => method === 'conversations.history').map(({ form }) => form['channel'])).toEqual(
      ['pulls', 'C1'],
    );
  });

  it.each([
    {
      says: 'an error',
      answer: () => Response.json({ ok: false, error: 'channel_not_found' }),
      reason: 'channel_not_found',
      seconds: undefined,
    },
    {
      says: 'a rate limit',
      answer: () =>
        Response.json({ ok: false, error: 'ratelimited' }, { status: 429, headers: { 'retry-after': '30' } }),
      reason: 'ratelimited',
      seconds: 30,
    },
    { says: 'a page', answer: () => new Response('<html>', { status: 502 }), reason: 'no answer', seconds: undefined },
    { says: 'null', answer: () => new Response('null', { status: 200 }), reason: 'HTTP 200', seconds: undefined },
    {
      says: 'nothing',
      answer: () => Promise.reject(new TypeError('fetch failed')),
      reason: 'no answer',
      seconds: undefined,
    },
  ])('rejects when Slack answers $says, so that the job comes again', async ({ answer, reason, seconds }) => {
    const { poster } = slack({ 'chat.postMessage': answer });
    const post = poster();
    await expect(post(message)).rejects.toMatchObject({ name: 'ChatError', reason, retryAfterSeconds: seconds });
    await expect(post(message)).rejects.toBeInstanceOf(ChatError);
  });
});
