import { afterEach, describe, expect, it } from '@jest/globals';
import { createClusterReader } from '../../../shared/adapters/kubernetes/cluster-reader.ts';
import { createConnection } from '../../../shared/adapters/kubernetes/connection.ts';
import { ClusterError } from '../../../shared/domain/errors.ts';
import { Secret } from '../../../shared/domain/secret.ts';
import { sendJson, startApiServer } from './api-server.ts';

const cleanUps: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function open(answer: Parameters<typeof startApiServer>[0], onForget?: () => void) {
  const server = await startApiServer(answer);
  let token = 'first';
  const connection = createConnection(
    {
      server: server.url,
      certificateAuthority: undefined,
      isTlsVerified: true,
      tlsServerName: undefined,
      proxyUrl: undefined,
    },
    async () => new Secret(`Bearer ${token}`),
    () => {
      token = 'second';
      onForget?.();
    },
  );
  cleanUps.push(server.close, () => connection.close());
  return { server, reader: createClusterReader(connection) };
}

describe('cluster reader', () => {
  it('keeps its connections: 60 reads, 8 at a time, need at most 8', async () => {
    const { server, reader } = await open((_, response) => sendJson(response, 200, { items: [] }));
    for (let round = 0; round < 10; round += 1) {
      await Promise.all(Array.from({ length: 6 }, (_, index) => reader.listEvents(`ns-${index}`)));
    }
    expect(server.requests).toHaveLength(60);
    expect(server.connections()).toBeLessThanOrEqual(8);
  });

  it('asks for one namespace, pending pods only, and a node by field selector', async () => {
    const { server, reader } = await open((_, response) => sendJson(response, 200, { items: [] }));
    await reader.listPods({ namespace: 'shop' });
    await reader.listPods({ isPendingOnly: true });
    await reader.listPods({ node: 'n1' });
    expect(server.requests.map(({ path, query }) => [path, query.get('fieldSelector')])).toEqual([
      ['/api/v1/namespaces/shop/pods', null],
      ['/api/v1/pods', 'status.phase=Pending'],
      ['/api/v1/pods', 'spec.nodeName=n1'],
    ]);
  });

  it('reads all pages, and leaves dates and unknown fields as they are', async () => {
    const { server, reader } = await open(({ query }, response) => {
      const page = query.get('continue') === 'p2' ? 2 : 1;
      sendJson(response, 200, {
        metadata: page === 1 ? { continue: 'p2' } : {},
        items: [{ metadata: { name: `pod-${page}`, creationTimestamp: '2026-11-22T10:00:00Z' }, future: { field: 1 } }],
      });
    });
    const read = await reader.listPods({ namespace: 'shop' });
    expect(read).toEqual({
      ok: true,
      value: [1, 2].map((page) => ({
        kind: 'Pod',
        apiVersion: 'v1',
        metadata: { name: `pod-${page}`, creationTimestamp: '2026-11-22T10:00:00Z' },
        future: { field: 1 },
      })),
    });
    expect(server.requests.map(({ query }) => [query.get('limit'), query.get('continue')])).toEqual([
      ['500', null],
      ['500', 'p2'],
    ]);
  });

  it('starts a list again when its continuation is gone', async () => {
    let isGone = true;
    const { reader } = await open(({ query }, response) => {
      if (query.get('continue') === null) {
        sendJson(response, 200, { metadata: { continue: 'p2' }, items: [{ metadata: { name: 'a' } }] });
      } else if (isGone) {
        isGone = false;
        sendJson(response, 410, { message: 'the provided continue parameter is too old' });
      } else {
        sendJson(response, 200, { metadata: {}, items: [{ metadata: { name: 'b' } }] });
      }
    });
    const read = await reader.listWorkloads('shop', 'ReplicaSet');
    expect(read.ok && read.value.map(({ kind, metadata }) => `${kind}/${metadata?.name}`)).toEqual([
      'ReplicaSet/a',
      'ReplicaSet/b',
    ]);
  });

  it('says missing for a 404 of one object, and a gap for a whole API that is not served', async () => {
    const { reader } = await open((_, response) => sendJson(response, 404, { message: 'not found' }));
    expect(await reader.getSecret('shop', 'regcred')).toEqual({ ok: true, value: 'missing' });
    expect(await reader.listWorkloads('shop', 'CronJob')).toMatchObject({
      ok: false,
      gap: { what: 'cronjobs.batch in shop could not be listed' },
    });
  });

  it('turns a 403 into a gap with the command that grants exactly that', async () => {
    const { reader } = await open((_, response) =>
      sendJson(response, 403, {
        message:
          'secrets "regcred" is forbidden: User "system:serviceaccount:pullmedic:triage" cannot get resource "secrets" in API group "" in the namespace "shop"',
      }),
    );
    expect(await reader.getSecret('shop', 'regcred')).toEqual({
      ok: false,
      gap: {
        what: 'secret shop/regcred could not be read',
        why: '403: system:serviceaccount:pullmedic:triage may not get secrets there',
        command:
          "kubectl create role 'pullmedic-get-secrets-regcred' --namespace='shop' --verb='get' --resource='secrets' --resource-name='regcred' && kubectl create rolebinding 'pullmedic-get-secrets-regcred' --namespace='shop' --role='pullmedic-get-secrets-regcred' --user='system:serviceaccount:pullmedic:triage'",
      },
    });
  });

  it.each([
    { status: 401, retry: 'give-up' },
    { status: 429, retry: 'retry' },
    { status: 500, retry: 'retry' },
    { status: 503, retry: 'retry' },
  ])('throws for HTTP $status ($retry)', async ({ status, retry }) => {
    const { reader } = await open((_, response) => sendJson(response, status, { message: 'no' }));
    await expect(reader.listPods({ namespace: 'shop' })).rejects.toMatchObject({ code: 'cluster', status, retry });
  });

  it('takes a new token once after a 401', async () => {
    let forgotten = 0;
    const { server, reader } = await open(
      ({ authorization }, response) =>
        authorization === 'Bearer second' ? sendJson(response, 200, { items: [] }) : sendJson(response, 401, {}),
      () => {
        forgotten += 1;
      },
    );
    expect((await reader.listPods({})).ok).toBe(true);
    expect(forgotten).toBe(1);
    expect(server.requests).toHaveLength(2);
  });

  it('sends a read again over a new connection when the old one is dead', async () => {
    let isFirst = true;
    const { reader } = await open((_, response, raw) => {
      if (isFirst) {
        isFirst = false;
        raw.socket.destroy();
        return;
      }
      sendJson(response, 200, { items: [] });
    });
    expect((await reader.listPods({})).ok).toBe(true);
  });

  it('throws for an answer that was cut short and for a server that is gone', async () => {
    const { server, reader } = await open((_, response) => response.writeHead(200).end('{"items": ['));
    await expect(reader.listPods({})).rejects.toBeInstanceOf(ClusterError);
    await server.close();
    await expect(reader.listPods({})).rejects.toMatchObject({ status: undefined, retry: 'retry' });
  });

  it('ends within 10 s when the server never answers', async () => {
    const { reader } = await open(() => {});
    const startedAt = performance.now();
    await expect(reader.listPods({})).rejects.toMatchObject({ status: undefined, retry: 'retry' });
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });
});
