import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createAdjustableClock } from '../../../shared/adapters/clock.ts';
import { createClusterNoter } from '../../../shared/adapters/kubernetes/cluster-noter.ts';
import { type ClusterConnection, createConnection } from '../../../shared/adapters/kubernetes/connection.ts';
import { Secret } from '../../../shared/domain/secret.ts';
import type { PodNote } from '../../../shared/ports/cluster.ts';
import { type Embedded, manifest, startEmbedded } from '../../local/embedded.ts';
import { sendJson, startApiServer } from './api-server.ts';

const NOW = Date.UTC(2026, 10, 22, 12);
const NOTE: PodNote = {
  namespace: 'shop',
  pod: { name: 'web', uid: 'uid-1' },
  name: 'web.0123456789abcdef',
  reason: 'ImagePullDiagnosed',
  message: 'tag v1 does not exist (likely)',
  fieldPath: 'spec.containers{app}',
  count: 1,
  at: NOW + 123,
};

interface Written {
  readonly method: string;
  readonly path: string;
  readonly type: string | undefined;
  readonly body: Record<string, unknown>;
}

let close: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const one of close.reverse()) await one();
  close = [];
});

function connect(server: string): ClusterConnection {
  const connection = createConnection(
    {
      server,
      certificateAuthority: undefined,
      isTlsVerified: true,
      tlsServerName: undefined,
      proxyUrl: undefined,
    },
    async () => new Secret('Bearer t'),
  );
  close.push(() => connection.close());
  return connection;
}

async function open(answers: readonly { readonly status: number; readonly message?: string }[]) {
  const written: Written[] = [];
  const server = await startApiServer((request, response, raw) => {
    const chunks: Buffer[] = [];
    raw.on('data', (chunk: Buffer) => chunks.push(chunk));
    raw.on('end', () => {
      const answer = answers[written.length] ?? { status: 500 };
      written.push({
        method: raw.method ?? '',
        path: request.path,
        type: raw.headers['content-type'],
        body: JSON.parse(Buffer.concat(chunks).toString()),
      });
      sendJson(response, answer.status, { message: answer.message });
    });
  });
  close.push(() => server.close());
  const clock = createAdjustableClock({ startAt: NOW });
  return { written, clock, noter: createClusterNoter(connect(server.url), clock) };
}

const REFUSED = {
  status: 403,
  message:
    'events is forbidden: User "system:serviceaccount:pullmedic:triage" cannot create resource "events" in API group "" in the namespace "shop"',
};

describe('noting on a pod', () => {
  it('creates an event that a real API server takes', async () => {
    const { written, noter } = await open([{ status: 201 }]);
    expect(await noter.note(NOTE)).toEqual({ ok: true, value: undefined });
    expect(written).toEqual([
      {
        method: 'POST',
        path: '/api/v1/namespaces/shop/events',
        type: 'application/json',
        body: {
          apiVersion: 'v1',
          kind: 'Event',
          metadata: { name: NOTE.name, namespace: 'shop' },
          involvedObject: {
            apiVersion: 'v1',
            kind: 'Pod',
            namespace: 'shop',
            name: 'web',
            uid: 'uid-1',
            fieldPath: 'spec.containers{app}',
          },
          type: 'Warning',
          reason: 'ImagePullDiagnosed',
          message: NOTE.message,
          count: 1,
          firstTimestamp: '2026-11-22T12:00:00Z',
          lastTimestamp: '2026-11-22T12:00:00Z',
          source: { component: 'pullmedic' },
          reportingComponent: 'pullmedic',
          reportingInstance: 'pullmedic',
        },
      },
    ]);
  });

  it.each([
    { what: 'one that is there already', count: 1, answers: [409, 200], verbs: ['POST', 'PATCH'] },
    { what: 'one that was said before', count: 3, answers: [200], verbs: ['PATCH'] },
    { what: 'one that expired meanwhile', count: 3, answers: [404, 201], verbs: ['PATCH', 'POST'] },
  ])('patches or creates $what', async ({ count, answers, verbs }) => {
    const { written, noter } = await open(answers.map((status) => ({ status })));
    await noter.note({ ...NOTE, count });
    expect(written.map(({ method }) => method)).toEqual(verbs);
    const patch = written.find(({ method }) => method === 'PATCH');
    expect(patch).toMatchObject({
      path: `/api/v1/namespaces/shop/events/${NOTE.name}`,
      type: 'application/merge-patch+json',
      body: { message: NOTE.message, count: Math.max(2, count), lastTimestamp: '2026-11-22T12:00:00Z' },
    });
  });

  it('says what is not granted with the command that grants it, and does not ask again for 10 minutes', async () => {
    const { written, clock, noter } = await open([REFUSED, { status: 201 }]);
    const refused = await noter.note(NOTE);
    expect(refused).toMatchObject({
      ok: false,
      gap: {
        what: 'events in shop could not be written',
        why: '403: system:serviceaccount:pullmedic:triage may not create events there',
        command: expect.stringContaining("--verb='create' --resource='events'"),
      },
    });
    clock.advance(599);
    expect(await noter.note(NOTE)).toEqual(refused);
    expect(written).toHaveLength(1);
    clock.advance(1);
    expect(await noter.note(NOTE)).toMatchObject({ ok: true });
  });

  it.each([{ status: 422 }, { status: 500 }, { status: 429 }])('throws for $status', async ({ status }) => {
    const { noter } = await open([{ status }]);
    await expect(noter.note(NOTE)).rejects.toMatchObject({ name: 'ClusterError', status });
  });
});

describe('noting on a pod of the embedded cluster', () => {
  let embedded: Embedded;
  beforeEach(async () => {
    embedded = await startEmbedded(0.05);
    close.push(() => embedded.stop());
  });

  it('writes one event and counts it up', async () => {
    const { cluster } = embedded;
    await cluster.apply([manifest({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } })]);
    const noter = createClusterNoter(connect(cluster.server), embedded.clock);
    await noter.note(NOTE);
    await noter.note({ ...NOTE, count: 2, message: 'tag v1 does not exist (certain)' });
    await noter.note(NOTE);
    const events = await fetch(`${cluster.server}/api/v1/namespaces/shop/events`).then((answer) => answer.json());
    expect((events as { items: unknown[] }).items).toHaveLength(1);
    expect((events as { items: unknown[] }).items[0]).toMatchObject({
      count: 2,
      type: 'Warning',
      message: NOTE.message,
    });
  });
});
