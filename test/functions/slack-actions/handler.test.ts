import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import fc from 'fast-check';
import { createHandler, type SlackActionsDeps } from '../../../functions/slack-actions/handler.ts';
import { MAX_BODY_BYTES } from '../../../functions/slack-actions/read-request.ts';
import { parseConfig } from '../../../shared/config/load.ts';
import { ConfigError, CredentialError, StoreError } from '../../../shared/domain/errors.ts';
import { Secret } from '../../../shared/domain/secret.ts';

const NOW = Date.UTC(2026, 10, 22, 12);
const SECRET = 'signing-secret-of-the-test';
const CONFIG = parseConfig('clusters: [{ name: a }]\nslack: { channel: c, signingSecret: "env:SIGNING" }\n', 'test');
const form = (payload: unknown) => new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
const CLICK = form({ type: 'block_actions', word: 'größe' });

function sign(body: Buffer | string, seconds = NOW / 1_000, secret = SECRET): Record<string, string> {
  return {
    'x-slack-request-timestamp': String(seconds),
    'x-slack-signature': `v0=${createHmac('sha256', secret).update(`v0:${seconds}:`).update(body).digest('hex')}`,
  };
}

function setUp(overrides: Partial<SlackActionsDeps> = {}) {
  const acted: unknown[] = [];
  const order: string[] = [];
  const handler = createHandler({
    act: async (payload) => {
      order.push('act');
      acted.push(payload);
      return undefined;
    },
    config: { load: async () => CONFIG },
    credentials: {
      read: async () => {
        order.push('secret');
        return new Secret(`${SECRET}\n`);
      },
    },
    wallClock: { now: () => NOW },
    log: { debug() {}, info() {}, warn() {}, error() {} },
    metrics: { count() {} },
    ...overrides,
  });
  async function post(body: string | undefined, headers: object, more: object = {}) {
    const event = {
      version: '2.0',
      rawPath: '/slack',
      headers,
      requestContext: { http: { method: 'POST' } },
      isBase64Encoded: false,
      body,
      ...more,
    } as unknown as APIGatewayProxyEventV2;
    const answer = await handler(event, {} as Context);
    if (typeof answer === 'string') throw new Error('expected an object');
    return answer;
  }
  return { acted, order, post };
}

describe('POST /slack', () => {
  it('takes what Slack signed, as text and as base64', async () => {
    const { acted, post } = setUp();
    expect((await post(CLICK, sign(CLICK))).statusCode).toBe(200);
    const base64 = Buffer.from(CLICK).toString('base64');
    expect((await post(base64, sign(CLICK), { isBase64Encoded: true })).statusCode).toBe(200);
    expect(acted).toEqual([
      { type: 'block_actions', word: 'größe' },
      { type: 'block_actions', word: 'größe' },
    ]);
  });

  it('checks bytes, not text: base64 of bytes that are no UTF-8 has its own signature', async () => {
    const { acted, post } = setUp();
    const raw = Buffer.concat([Buffer.from('payload=%7B%7D&x='), Buffer.from([0xff, 0xfe])]);
    expect((await post(raw.toString('base64'), sign(raw), { isBase64Encoded: true })).statusCode).toBe(200);
    // The same after a lossy way over text is another body.
    expect((await post(raw.toString('utf8'), sign(raw))).statusCode).toBe(401);
    expect(acted).toHaveLength(1);
  });

  it('answers with what the dialog becomes', async () => {
    const { post } = setUp({ act: async () => ({ response_action: 'clear' }) });
    const answer = await post(CLICK, sign(CLICK));
    expect(answer).toMatchObject({ statusCode: 200, headers: { 'content-type': 'application/json' } });
    expect(answer.body).toBe('{"response_action":"clear"}');
  });

  it.each([
    { what: 'no headers', headers: {}, why: /no X-Slack-Request-Timestamp/ },
    { what: 'another secret', headers: sign(CLICK, NOW / 1_000, 'guessed'), why: /not that of this body/ },
    { what: 'another body', headers: sign(`${CLICK} `), why: /not that of this body/ },
    { what: 'an old request', headers: sign(CLICK, NOW / 1_000 - 301), why: /older than 5 minutes/ },
    { what: 'a request from the future', headers: sign(CLICK, NOW / 1_000 + 61), why: /future/ },
  ])('refuses $what by 401, says why, and shows no secret', async ({ headers, why }) => {
    const { acted, post } = setUp();
    const answer = await post(CLICK, headers);
    expect(answer.statusCode).toBe(401);
    expect(JSON.parse(answer.body ?? '')).toEqual({ error: expect.stringMatching(why) });
    expect(JSON.stringify(answer)).not.toContain(SECRET);
    expect(acted).toEqual([]);
  });

  it('reads headers, then the secret, then the body', async () => {
    const { order, post } = setUp();
    await post('%%%', {});
    expect(order).toEqual([]);
    await post('%%%', sign('another'));
    expect(order).toEqual(['secret']);
    expect((await post('%%%', sign('%%%'))).statusCode).toBe(400);
    expect(order).toEqual(['secret', 'secret']);
    await post(CLICK, sign(CLICK));
    expect(order).toEqual(['secret', 'secret', 'secret', 'act']);
  });

  it.each(['', 'payload=', 'payload=1', 'payload=[]', 'payload=null', 'payload=%7B', '{"payload":{}}', 'ssl_check=1'])(
    'answers a signed %p by 400',
    async (body) => {
      const { acted, post } = setUp();
      expect((await post(body, sign(body))).statusCode).toBe(400);
      expect(acted).toEqual([]);
    },
  );

  it.each([
    {
      what: 'the secret cannot be read',
      change: { credentials: { read: () => Promise.reject(new CredentialError('no', { retry: 'retry' })) } },
    },
    { what: 'the secret is empty', change: { credentials: { read: async () => new Secret('\n') } } },
    { what: 'there is no configuration', change: { config: { load: () => Promise.reject(new ConfigError('no')) } } },
    { what: 'the store is away', change: { act: () => Promise.reject(new StoreError('away', { retry: 'retry' })) } },
    { what: 'there is a bug', change: { act: () => Promise.reject(new TypeError('bug')) } },
  ])('answers 503 where $what', async ({ change }) => {
    const { post } = setUp(change);
    expect((await post(CLICK, sign(CLICK))).statusCode).toBe(503);
  });

  it('lets nobody in by an empty secret', async () => {
    const { acted, post } = setUp({ credentials: { read: async () => new Secret('') } });
    expect((await post(CLICK, sign(CLICK, NOW / 1_000, 'x'))).statusCode).toBe(503);
    expect(acted).toEqual([]);
  });

  it('takes POST only, and no large body', async () => {
    const { post } = setUp();
    const get = { requestContext: { http: { method: 'GET' } } };
    expect((await post(CLICK, sign(CLICK), get)).statusCode).toBe(405);
    expect((await post('x'.repeat(MAX_BODY_BYTES + 1), {})).statusCode).toBe(413);
  });

  it('never answers 5xx, crashes or acts, whatever comes unsigned', async () => {
    const { acted, post } = setUp();
    const name = fc.constantFrom('x-slack-signature', 'X-Slack-Signature', 'x-slack-request-timestamp', 'content-type');
    const value = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(String(NOW / 1_000), `v0=${'a'.repeat(64)}`, '', 'v0=', '1e9', 'NaN'),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.option(fc.string({ unit: 'binary' }), { nil: undefined }),
        fc.option(fc.dictionary(name, value), { nil: undefined }),
        fc.boolean(),
        async (body, headers, isBase64Encoded) => {
          const answer = await post(body, headers as object, { isBase64Encoded });
          expect([400, 401, 413]).toContain(answer.statusCode);
          expect(JSON.parse(answer.body ?? '')).toHaveProperty('error');
        },
      ),
      { numRuns: 300 },
    );
    expect(acted).toEqual([]);
  });

  it('never crashes on what is signed, whatever it is', async () => {
    const { post } = setUp();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        const raw = Buffer.from(bytes);
        const answer = await post(raw.toString('base64'), sign(raw), { isBase64Encoded: true });
        expect([200, 400]).toContain(answer.statusCode);
      }),
      { numRuns: 200 },
    );
  });
});
