import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createAlertSink } from '../../../shared/adapters/alertmanager/create-alert-sink.ts';
import { createAdjustableClock } from '../../../shared/adapters/clock.ts';
import type { AlertmanagerConfig } from '../../../shared/config/config.ts';
import { CredentialError } from '../../../shared/domain/errors.ts';
import { Secret } from '../../../shared/domain/secret.ts';

const NOW = Date.UTC(2026, 10, 22, 12);
const ALERT = {
  labels: { alertname: 'ImagePullDiagnosed' },
  annotations: { summary: 's' },
  startsAt: NOW,
  endsAt: NOW + 60_000,
};

interface Call {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}
type Answer = { readonly status: number; readonly body?: string; readonly location?: string } | 'never';

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function start(answers: readonly Answer[], change: Partial<AlertmanagerConfig> = {}) {
  const calls: Call[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      const answer = answers[calls.length] ?? { status: 500 };
      calls.push({ method: request.method, path: request.url, headers: request.headers, body });
      if (answer === 'never') return;
      if (answer.location !== undefined) response.setHeader('location', answer.location);
      response.writeHead(answer.status).end(answer.body ?? '');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const clock = createAdjustableClock({ startAt: NOW });
  const target: AlertmanagerConfig = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/prom`,
    auth: undefined,
    clusters: undefined,
    generatorUrl: undefined,
    ...change,
  };
  const credentials = {
    async read(reference: string) {
      if (reference === 'env:AM') return new Secret('s3cret');
      throw new CredentialError(`${reference}: does not exist`, { retry: 'give-up' });
    },
  };
  return { calls, clock, target, sink: createAlertSink({ credentials, clock, fetch, timeoutMs: 200 }) };
}

describe('posting alerts', () => {
  it("sends what Alertmanager's API takes", async () => {
    const { calls, target, sink } = await start([{ status: 200 }], { generatorUrl: 'https://pullmedic.example.com' });
    await sink.post(target, [ALERT]);
    expect(calls).toMatchObject([{ method: 'POST', path: '/prom/api/v2/alerts' }]);
    expect(calls[0]?.headers['content-type']).toBe('application/json');
    expect(calls[0]?.headers.authorization).toBeUndefined();
    expect(JSON.parse(calls[0]?.body ?? '')).toEqual([
      {
        labels: { alertname: 'ImagePullDiagnosed' },
        annotations: { summary: 's' },
        startsAt: '2026-11-22T12:00:00.000Z',
        endsAt: '2026-11-22T12:01:00.000Z',
        generatorURL: 'https://pullmedic.example.com',
      },
    ]);
  });

  it.each([
    { scheme: 'bearer' as const, username: undefined, header: 'Bearer s3cret' },
    { scheme: 'basic' as const, username: 'pullmedic', header: 'Basic cHVsbG1lZGljOnMzY3JldA==' },
  ])('proves itself by $scheme', async ({ scheme, username, header }) => {
    const auth = { scheme, username, credential: 'env:AM' };
    const { calls, target, sink } = await start([{ status: 200 }], { auth });
    await sink.post(target, [ALERT]);
    expect(calls[0]?.headers.authorization).toBe(header);
  });

  it('does not ask where its credential cannot be read', async () => {
    const auth = { scheme: 'bearer' as const, username: undefined, credential: 'env:NONE' };
    const { calls, target, sink } = await start([], { auth });
    await expect(sink.post(target, [ALERT])).rejects.toThrow(CredentialError);
    expect(calls).toEqual([]);
  });

  it.each([
    { status: 400, retry: 'give-up' },
    { status: 401, retry: 'give-up' },
    { status: 429, retry: 'retry' },
    { status: 503, retry: 'retry' },
  ])('throws for $status: $retry', async ({ status, retry }) => {
    const { target, sink } = await start([{ status, body: 'why' }]);
    await expect(sink.post(target, [ALERT])).rejects.toMatchObject({ name: 'AlertmanagerError', retry });
  });

  it('ends in time, and then leaves it alone for 30 s', async () => {
    const { calls, clock, target, sink } = await start(['never', { status: 200 }]);
    await expect(sink.post(target, [ALERT])).rejects.toMatchObject({ retry: 'retry' });
    clock.advance(29);
    await expect(sink.post(target, [ALERT])).rejects.toThrow('not asked');
    expect(calls).toHaveLength(1);
    clock.advance(1);
    await sink.post(target, [ALERT]);
    expect(calls).toHaveLength(2);
  });

  it('asks at once again where the answer was a no', async () => {
    const { calls, target, sink } = await start([{ status: 400 }, { status: 200 }]);
    await expect(sink.post(target, [ALERT])).rejects.toThrow('400');
    await sink.post(target, [ALERT]);
    expect(calls).toHaveLength(2);
  });

  it('takes its credential to no other place', async () => {
    const elsewhere = await start([{ status: 200 }]);
    const auth = { scheme: 'bearer' as const, username: undefined, credential: 'env:AM' };
    const { target, sink } = await start([{ status: 307, location: `${elsewhere.target.url}/api/v2/alerts` }], {
      auth,
    });
    await expect(sink.post(target, [ALERT])).rejects.toMatchObject({ name: 'AlertmanagerError' });
    expect(elsewhere.calls).toEqual([]);
  });
});

describe('reading silences', () => {
  const silence = (state: string, more: object = {}) => ({
    id: 'x',
    status: { state },
    startsAt: '2026-11-22T11:00:00.000Z',
    endsAt: '2026-11-22T13:00:00.000Z',
    createdBy: 'ann',
    comment: 'deploy',
    matchers: [{ name: 'namespace', value: 'shop', isRegex: false, isEqual: true }],
    ...more,
  });

  it('gives those in force, with matchers of before 0.22 taken as equal', async () => {
    const old = silence('active', { matchers: [{ name: 'pod', value: 'w.*', isRegex: true }] });
    const { calls, target, sink } = await start([
      { status: 200, body: JSON.stringify([silence('active'), silence('pending'), silence('expired'), old]) },
    ]);
    expect(await sink.silences(target)).toEqual([
      {
        endsAt: NOW + 3_600_000,
        matchers: [{ name: 'namespace', value: 'shop', isRegex: false, isEqual: true }],
      },
      { endsAt: NOW + 3_600_000, matchers: [{ name: 'pod', value: 'w.*', isRegex: true, isEqual: true }] },
    ]);
    expect(calls).toMatchObject([{ method: 'GET', path: '/prom/api/v2/silences' }]);
  });

  it('asks once in 30 s, however many looks ask', async () => {
    const { calls, clock, target, sink } = await start([
      { status: 200, body: '[]' },
      { status: 200, body: '[]' },
    ]);
    await Promise.all([sink.silences(target), sink.silences(target)]);
    clock.advance(29);
    await sink.silences(target);
    expect(calls).toHaveLength(1);
    clock.advance(1);
    await sink.silences(target);
    expect(calls).toHaveLength(2);
  });

  it.each([{ body: '<html>' }, { body: '{"data":[]}' }, { body: '[{"matchers":1}]' }])(
    'throws for $body, and asks again',
    async ({ body }) => {
      const { calls, target, sink } = await start([
        { status: 200, body },
        { status: 200, body: '[]' },
      ]);
      await expect(sink.silences(target)).rejects.toMatchObject({ name: 'AlertmanagerError' });
      expect(await sink.silences(target)).toEqual([]);
      expect(calls).toHaveLength(2);
    },
  );
});
