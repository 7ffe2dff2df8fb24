import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import fc from 'fast-check';
import { type AlertWebhookDeps, createHandler } from '../../functions/alert-webhook/handler.ts';
import { MAX_BODY_BYTES } from '../../functions/alert-webhook/read-body.ts';
import { parseConfig } from '../../shared/config/load.ts';
import { ConfigError, CredentialError, QueueError } from '../../shared/domain/errors.ts';
import type { PublishJob, TriageQueueJob } from '../../shared/domain/jobs.ts';
import { Secret } from '../../shared/domain/secret.ts';
import type { JobQueue } from '../../shared/ports/job-queue.ts';

const events = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'events', 'alertmanager');
const FIRING = readFileSync(join(events, '0.34', '001-firing.json'), 'utf8');

const CONFIG = parseConfig(
  `clusters: [{ name: testbed }, { name: dev }]
slack: { channel: a }
alerts:
  tokens:
    - { current: "env:CURRENT", previous: "env:PREVIOUS" }
    - { current: "env:DEV", clusters: [dev] }
    - { scheme: basic, username: am, current: "env:BASIC" }
`,
  'test',
);
const TOKENS: Readonly<Record<string, string>> = {
  'env:CURRENT': 'current-token\n',
  'env:PREVIOUS': 'previous-token',
  'env:DEV': 'dev-token',
  'env:BASIC': 'pass:word',
};

function queue<Job>(sent: Job[]): JobQueue<Job> {
  return {
    send: async (job) => void sent.push(job),
    sendAll: async (jobs) => void sent.push(...jobs.map(({ job }) => job)),
  };
}

/** What a queue does that is down, or that never answers. */
function failing(how: 'rejects' | 'hangs'): JobQueue<unknown> {
  const fail = () =>
    how === 'hangs' ? new Promise<never>(() => {}) : Promise.reject(new QueueError('down', { retry: 'retry' }));
  return { send: fail, sendAll: fail };
}

function setUp(overrides: Partial<AlertWebhookDeps> = {}) {
  const triage: TriageQueueJob[] = [];
  const publish: PublishJob[] = [];
  const counted: string[] = [];
  const logged: string[] = [];
  const log = (message: string, fields?: unknown) => void logged.push(`${message} ${JSON.stringify(fields)}`);
  const time = { now: Date.parse('2026-11-22T11:30:00Z') };
  const handler = createHandler({
    triageQueue: queue(triage),
    publishQueue: queue(publish),
    config: { load: async () => CONFIG },
    credentials: { read: async (reference) => new Secret(TOKENS[reference] ?? '') },
    clock: { now: () => time.now },
    log: { debug: log, info: log, warn: log, error: log },
    metrics: {
      count: (name, value = 1, dimensions = {}) =>
        void counted.push([name, value, ...Object.values(dimensions)].join(' ')),
    },
    ...overrides,
  });
  async function post(body: string | undefined, request: Partial<APIGatewayProxyEventV2> = {}) {
    const event = {
      version: '2.0',
      rawPath: '/alerts',
      headers: { authorization: 'Bearer current-token' },
      requestContext: { http: { method: 'POST' } },
      isBase64Encoded: false,
      body,
      ...request,
    } as APIGatewayProxyEventV2;
    const answer = await handler(event, {} as Context);
    return { status: answer.statusCode, body: JSON.parse(answer.body ?? 'null') };
  }
  return { post, triage, publish, counted, logged, time };
}

function basic(text: string): string {
  return `Basic ${Buffer.from(text).toString('base64')}`;
}

describe('alert-webhook', () => {
  it('answers 202 once the looks are on the queue', async () => {
    const { post, triage, counted } = setUp();
    expect(await post(FIRING)).toEqual({ status: 202, body: { accepted: 1, ignored: 0 } });
    expect(triage).toHaveLength(7);
    expect(counted).toEqual(['AlertsAccepted 1']);
  });

  it('takes a body in base64', async () => {
    const { post, triage } = setUp();
    const body = Buffer.from(FIRING).toString('base64');
    expect(await post(body, { isBase64Encoded: true })).toEqual({ status: 202, body: { accepted: 1, ignored: 0 } });
    expect(triage).toHaveLength(7);
  });

  it('answers 202 for alerts about something else, and counts them by name', async () => {
    const { post, triage, counted } = setUp();
    const body = {
      version: '4',
      alerts: [{ labels: { alertname: 'InfoInhibitor' } }, { labels: { alertname: 'ImagePullDiagnosed' } }],
    };
    expect(await post(JSON.stringify(body))).toEqual({ status: 202, body: { accepted: 0, ignored: 2 } });
    expect(triage).toEqual([]);
    expect(counted).toEqual(['AlertsIgnored 1 InfoInhibitor', 'AlertsIgnored 1 ImagePullDiagnosed']);
  });

  it.each([
    { request: { rawPath: '/alerts/dev' }, cluster: 'dev' },
    { request: { rawPath: '/alerts/dev/' }, cluster: 'dev' },
    { request: { rawPath: '/prod/alerts/dev', pathParameters: { cluster: 'dev' } }, cluster: 'dev' },
    { request: { rawPath: '/alerts/' }, cluster: 'testbed' },
  ])('takes the cluster from the path: $request.rawPath → $cluster', async ({ request, cluster }) => {
    const { post, triage } = setUp();
    expect(await post(FIRING, request)).toMatchObject({ status: 202 });
    expect(triage.map((job) => job.kind === 'look' && job.scope.cluster)).toEqual(Array(7).fill(cluster));
  });

  it('posts an alert of an unknown cluster raw, and answers 202', async () => {
    const { post, triage, publish } = setUp();
    expect(await post(FIRING, { rawPath: '/alerts/nowhere' })).toMatchObject({ status: 202, body: { accepted: 1 } });
    expect(triage).toEqual([]);
    expect(publish).toEqual([
      expect.objectContaining({ kind: 'notice', notice: expect.objectContaining({ type: 'unrouted-alert' }) }),
    ]);
  });
});

describe('who may post', () => {
  it.each([
    { authorization: 'Bearer current-token', status: 202 },
    { authorization: 'bearer  previous-token', status: 202 },
    { authorization: basic('am:pass:word'), status: 202 },
    { authorization: 'Bearer current-tokeN', status: 401 },
    { authorization: 'Bearer current-token-and-more', status: 401 },
    { authorization: 'Bearer pass:word', status: 401 },
    { authorization: 'Bearer', status: 401 },
    { authorization: basic('am:current-token'), status: 401 },
    { authorization: basic('other:pass:word'), status: 401 },
    { authorization: basic('am'), status: 401 },
    { authorization: 'Digest current-token', status: 401 },
    { authorization: '', status: 401 },
  ])('$authorization → $status', async ({ authorization, status }) => {
    const { post, triage } = setUp();
    expect(await post(FIRING, { headers: { authorization } })).toMatchObject({ status });
    expect(triage.some(({ kind }) => kind === 'look')).toBe(status === 202);
  });

  it('knows the header by any spelling, and its absence', async () => {
    expect(await setUp().post(FIRING, { headers: { Authorization: 'Bearer current-token' } })).toMatchObject({
      status: 202,
    });
    expect(await setUp().post(FIRING, { headers: {} })).toMatchObject({ status: 401 });
  });

  it('keeps a token to its clusters, by path and by label', async () => {
    const headers = { authorization: 'Bearer dev-token' };
    expect(await setUp().post(FIRING, { headers, rawPath: '/alerts/dev' })).toMatchObject({ status: 202 });
    expect(await setUp().post(FIRING, { headers, rawPath: '/alerts/testbed' })).toMatchObject({ status: 401 });
    const byLabel = setUp();
    expect(await byLabel.post(FIRING, { headers })).toMatchObject({ status: 202 });
    expect(byLabel.triage).toEqual([]);
    expect(byLabel.publish).toHaveLength(1);
  });

  it('never logs or answers a token', async () => {
    const { post, logged } = setUp();
    const answer = await post('{', { headers: { authorization: 'Bearer current-token' } });
    const refused = await post(FIRING, { headers: { authorization: 'Bearer wrong-token' } });
    expect(JSON.stringify([answer, refused, logged])).not.toMatch(/current-token|wrong-token|previous-token/);
  });
});

describe('what can never succeed', () => {
  it.each([
    { says: 'no body', body: undefined, issues: ['body: expected JSON'] },
    { says: 'no JSON', body: 'alerts', issues: ['body: expected JSON'] },
    {
      says: 'a wrong field',
      body: '{"version":"4","alerts":[{"labels":[]}]}',
      issues: ['alerts[0].labels: expected an object'],
    },
  ])('answers 400 and names the field: $says', async ({ body, issues }) => {
    expect(await setUp().post(body)).toEqual({ status: 400, body: { issues } });
  });

  it('answers 400 for bytes that are no text', async () => {
    const body = Buffer.from([0xff, 0xfe, 0x00]).toString('base64');
    expect(await setUp().post(body, { isBase64Encoded: true })).toEqual({
      status: 400,
      body: { issues: ['body: expected UTF-8'] },
    });
  });

  it.each([
    { bytes: MAX_BODY_BYTES, isBase64Encoded: false, status: 400 },
    { bytes: MAX_BODY_BYTES + 1, isBase64Encoded: false, status: 413 },
    { bytes: MAX_BODY_BYTES, isBase64Encoded: true, status: 400 },
    { bytes: MAX_BODY_BYTES + 1, isBase64Encoded: true, status: 413 },
  ])('$bytes bytes, base64: $isBase64Encoded → $status', async ({ bytes, isBase64Encoded, status }) => {
    const raw = Buffer.alloc(bytes, '[');
    expect(await setUp().post(raw.toString(isBase64Encoded ? 'base64' : 'utf8'), { isBase64Encoded })).toMatchObject({
      status,
    });
  });

  it.each([
    { request: { rawPath: '/' }, status: 404 },
    { request: { rawPath: '/alerts/a/b' }, status: 404 },
    { request: { rawPath: '/alerts/%E0%A4%A' }, status: 404 },
    { request: { requestContext: { http: { method: 'GET' } } }, status: 405 },
  ])('$request → $status', async ({ request, status }) => {
    expect(await setUp().post(FIRING, request as Partial<APIGatewayProxyEventV2>)).toMatchObject({ status });
  });

  it('tells of refused calls at most once a minute for each answer, with their number', async () => {
    const { post, triage, counted, time } = setUp();
    for (let i = 0; i < 5; i += 1) await post('{');
    await post(FIRING, { headers: {} });
    expect(triage).toEqual([
      { kind: 'rejected', counts: { 400: 1 }, at: time.now },
      { kind: 'rejected', counts: { 401: 1 }, at: time.now },
    ]);
    expect(counted).toEqual([...Array(5).fill('WebhookRejected 1 400'), 'WebhookRejected 1 401']);

    triage.length = 0;
    time.now += 59_999;
    await post('{');
    expect(triage).toEqual([]);
    time.now += 1;
    // A good call reports what the bad ones left.
    await post(JSON.stringify({ version: '4', alerts: [] }));
    expect(triage).toEqual([{ kind: 'rejected', counts: { 400: 5 }, at: time.now }]);
  });

  it.each(['rejects', 'hangs'] as const)(
    'answers a bad call with 400 though the queue %s, and tells of it later',
    async (how) => {
      const sent: TriageQueueJob[] = [];
      const good = queue(sent);
      const bad = failing(how) as JobQueue<TriageQueueJob>;
      let isDown = true;
      const triageQueue: JobQueue<TriageQueueJob> = {
        send: (job) => (isDown ? bad : good).send(job),
        sendAll: (jobs) => (isDown ? bad : good).sendAll(jobs),
      };
      const { post, time } = setUp({ triageQueue });
      expect(await post('{')).toMatchObject({ status: 400 });
      isDown = false;
      time.now += 60_000;
      expect(await post('{')).toMatchObject({ status: 400 });
      expect(sent).toEqual([{ kind: 'rejected', counts: { 400: 2 }, at: time.now }]);
    },
  );
});

describe('what may succeed later is 503, so that Alertmanager sends it again', () => {
  const hang = () => new Promise<never>(() => {});
  it.each([
    { says: 'the triage queue is down', overrides: { triageQueue: failing('rejects') } },
    { says: 'the triage queue hangs', overrides: { triageQueue: failing('hangs') } },
    { says: 'the publish queue is down', overrides: { publishQueue: failing('rejects') } },
    { says: 'the publish queue hangs', overrides: { publishQueue: failing('hangs') } },
    {
      says: 'the configuration is broken',
      overrides: { config: { load: () => Promise.reject(new ConfigError('bad')) } },
    },
    { says: 'the configuration hangs', overrides: { config: { load: hang } } },
    { says: 'the tokens hang', overrides: { credentials: { read: hang } } },
    {
      says: 'the tokens cannot be read',
      overrides: { credentials: { read: () => Promise.reject(new CredentialError('403', { retry: 'give-up' })) } },
    },
    { says: 'the expected tokens are empty', overrides: { credentials: { read: async () => new Secret('\n') } } },
    {
      says: 'there is a bug',
      overrides: {
        clock: {
          now: () => {
            throw new TypeError('bug');
          },
        },
      },
    },
  ])('$says', async ({ overrides }) => {
    const startedAt = performance.now();
    const { post, counted } = setUp({ deadlineMs: 200, ...overrides } as Partial<AlertWebhookDeps>);
    // One alert for each queue.
    const body = JSON.parse(FIRING);
    const unrouted = { ...body.alerts[0], labels: { ...body.alerts[0].labels, cluster: 'nowhere' } };
    expect(await post(JSON.stringify({ ...body, alerts: [...body.alerts, unrouted] }))).toMatchObject({ status: 503 });
    expect(counted).toEqual([expect.stringMatching(/^RequestsFailed 1 /)]);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  it('is over well before the 10 s that Alertmanager waits', async () => {
    const startedAt = performance.now();
    expect(await setUp({ triageQueue: failing('hangs') }).post(FIRING)).toMatchObject({ status: 503 });
    expect(performance.now() - startedAt).toBeLessThan(8_000);
  });

  it('accepts a token that matches though another one cannot be read', async () => {
    const credentials = {
      read: async (reference: string) => {
        if (reference !== 'env:PREVIOUS') throw new CredentialError('gone', { retry: 'give-up' });
        return new Secret('previous-token');
      },
    };
    const headers = { authorization: 'Bearer previous-token' };
    expect(await setUp({ credentials }).post(FIRING, { headers })).toMatchObject({ status: 202 });
    expect(await setUp({ credentials }).post(FIRING)).toMatchObject({ status: 503 });
  });
});

describe('whatever comes in', () => {
  const labels = fc.dictionary(
    fc.oneof(
      fc.constantFrom(
        'alertname',
        'namespace',
        'exported_namespace',
        'cluster',
        'reason',
        'node',
        'instance',
        '__proto__',
      ),
      fc.string(),
    ),
    fc.oneof(
      fc.constantFrom('ImagePullBackOff', 'shop', 'testbed', 'dev', 'RegistryUnreachable'),
      fc.string({ unit: 'binary' }),
    ),
  );
  const body = fc.record(
    {
      version: fc.constantFrom('4', '1'),
      alerts: fc.array(
        fc.record({ labels, fingerprint: fc.string(), startsAt: fc.string() }, { requiredKeys: ['labels'] }),
      ),
      truncatedAlerts: fc.nat(),
      groupLabels: labels,
    },
    { requiredKeys: ['version', 'alerts'] },
  );
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)),
    fc.json().map((text) => Buffer.from(text)),
    body.map((value) => Buffer.from(JSON.stringify(value))),
    fc
      .tuple(fc.nat(FIRING.length), fc.string({ maxLength: 3 }))
      .map(([at, text]) => Buffer.from(FIRING.slice(0, at) + text + FIRING.slice(at + 1))),
  );

  it('no body crashes it or is answered by anything but 202 and 400', async () => {
    await fc.assert(
      fc.asyncProperty(bytes, fc.boolean(), async (raw, isBase64Encoded) => {
        const { post } = setUp();
        const { status } = await post(raw.toString(isBase64Encoded ? 'base64' : 'utf8'), { isBase64Encoded });
        expect([202, 400]).toContain(status);
      }),
      { numRuns: 300 },
    );
  });

  it('202 only after the queues took everything', async () => {
    await fc.assert(
      fc.asyncProperty(body, fc.nat(3), async (value, failAt) => {
        // The n-th call to either queue fails: then no 202, and without a failure nothing but 202.
        let calls = 0;
        let refused = 0;
        const take = async () => {
          calls += 1;
          if (calls - 1 !== failAt) return;
          refused += 1;
          throw new QueueError('down', { retry: 'retry' });
        };
        const flaky = { send: take, sendAll: take };
        const { status, body: answer } = await setUp({ triageQueue: flaky, publishQueue: flaky }).post(
          JSON.stringify(value),
        );
        expect(status).toBe(refused > 0 ? 503 : 202);
        if (status === 202) expect(answer.accepted + answer.ignored).toBe(value.alerts.length);
        if (status === 202 && answer.accepted > 0) expect(calls).toBeGreaterThan(0);
      }),
      { numRuns: 200 },
    );
  });

  it('no header or path crashes it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.oneof(fc.constant('authorization'), fc.string()), fc.string()),
        fc.webPath(),
        async (headers, rawPath) => {
          const { status } = await setUp().post(FIRING, { headers, rawPath });
          expect([401, 404]).toContain(status);
        },
      ),
    );
  });
});
