import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Api, createApi } from '../../../infra/local/kubernetes/api.ts';
import type { ApiObject } from '../../../infra/local/kubernetes/objects.ts';
import { NAMESPACES, SECRETS, SERVICE_ACCOUNTS } from '../../../infra/local/kubernetes/resources.ts';
import { type ApiServer, createApiServer } from '../../../infra/local/kubernetes/server.ts';
import { type ClusterConnection, createConnection } from '../../../shared/adapters/kubernetes/connection.ts';
import { createSecretWriter } from '../../../shared/adapters/kubernetes/secret-writer.ts';
import { Secret } from '../../../shared/domain/secret.ts';
import type { SecretWriter } from '../../../shared/ports/secret-writer.ts';

const DATA = new Secret(Buffer.from('{"auths":{}}').toString('base64'));

describe('secret writer, on the embedded API server', () => {
  let api: Api;
  let server: ApiServer;
  let connection: ClusterConnection;
  let writer: SecretWriter;

  beforeEach(async () => {
    api = createApi({ now: () => Date.parse('2026-11-22T12:00:00Z') });
    server = await createApiServer({ api, token: undefined });
    const target = {
      server: server.url,
      certificateAuthority: undefined,
      isTlsVerified: true,
      tlsServerName: undefined,
    };
    connection = createConnection({ ...target, proxyUrl: undefined }, async () => undefined);
    writer = createSecretWriter(connection);
    const metadata = { name: 'shop', labels: { team: 'shop' } };
    api.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata } as unknown as ApiObject, { manager: 't' });
  });
  afterEach(async () => {
    await connection.close();
    await server.stop();
  });

  const create = (name = 'a', namespace = 'shop') =>
    writer.createSecret({ namespace, name, data: DATA, annotation: '{}' });

  it('makes a labelled secret once, and says where there is no namespace', async () => {
    expect(await create()).toEqual({ ok: true, value: { kind: 'written' } });
    expect(await create()).toEqual({ ok: true, value: { kind: 'conflict' } });
    expect(await create('a', 'nowhere')).toEqual({ ok: true, value: { kind: 'gone' } });
    expect(api.get(SECRETS, 'shop', 'a').metadata).toMatchObject({
      labels: { 'pullmedic.dev/refresh': 'true', 'app.kubernetes.io/managed-by': 'pullmedic' },
      annotations: { 'pullmedic.dev/ecr': '{}' },
    });
  });

  it('writes under the resourceVersion that was read, and changes nothing else', async () => {
    await create();
    const read = await writer.getSecret('shop', 'a');
    if (!read.ok || read.value === 'missing') throw new Error('not read');
    const { uid, resourceVersion = '' } = read.value.metadata ?? {};
    const patch = {
      namespace: 'shop',
      name: 'a',
      resourceVersion,
      dataKey: '.dockerconfigjson',
      annotation: '{"a":1}',
    };
    const data = new Secret(Buffer.from('{"auths":{"b":{}}}').toString('base64'));
    expect(await writer.patchSecret({ ...patch, data })).toEqual({ ok: true, value: { kind: 'written' } });
    expect(await writer.patchSecret({ ...patch, data: DATA })).toEqual({ ok: true, value: { kind: 'conflict' } });
    expect(await writer.patchSecret({ ...patch, name: 'b', data })).toEqual({ ok: true, value: { kind: 'gone' } });
    expect(api.get(SECRETS, 'shop', 'a')).toMatchObject({
      metadata: { uid },
      data: { '.dockerconfigjson': data.reveal() },
    });
  });

  it('lists all pages of one type, each secret once', async () => {
    for (let i = 0; i < 501; i++) await create(`s${i}`);
    const opaque = { apiVersion: 'v1', kind: 'Secret', metadata: { namespace: 'shop', name: 'other' }, type: 'Opaque' };
    api.create(SECRETS, opaque as unknown as ApiObject, { manager: 't' });
    const names: (string | undefined)[] = [];
    await writer.listSecrets({ type: 'kubernetes.io/dockerconfigjson' }, (page) => {
      names.push(...page.map(({ metadata }) => metadata?.name));
    });
    expect(new Set(names).size).toBe(501);
    expect(names).toHaveLength(501);
  });

  it('adds one pull secret to a service account and keeps the others', async () => {
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace: 'shop', name: 'web' } };
    api.create(SERVICE_ACCOUNTS, { ...account, imagePullSecrets: [{ name: 'hub' }] } as unknown as ApiObject, {
      manager: 't',
    });
    const find = async () => {
      const read = await writer.listServiceAccounts('shop');
      const found = read.ok ? read.value.find(({ metadata }) => metadata?.name === 'web') : undefined;
      if (found === undefined) throw new Error('the account is not there');
      return found;
    };
    const first = await find();
    expect(await writer.attachSecret(first, 'a')).toEqual({ ok: true, value: { kind: 'written' } });
    expect((await find()).imagePullSecrets?.map(({ name }) => name)).toEqual(['hub', 'a']);
    // As it was read it is not any more: nothing of what stands there now may be lost.
    expect(await writer.attachSecret(first, 'b')).toEqual({ ok: true, value: { kind: 'conflict' } });
    expect((await find()).imagePullSecrets?.map(({ name }) => name)).toEqual(['hub', 'a']);
  });

  it('finds namespaces by label, and states what it may not do with the command that grants it', async () => {
    const found = await writer.listNamespaces({ key: 'team', value: 'shop' });
    expect(found.ok && found.value.map(({ metadata }) => metadata?.name)).toEqual(['shop']);
    server.setFault({ status: 403, match: { resource: 'secrets' } });
    const refused = await create();
    expect(refused).toMatchObject({ ok: false, gap: { command: expect.stringContaining('kubectl create role') } });
    const listed = await writer.listSecrets({ type: 'kubernetes.io/dockerconfigjson' }, () => {});
    expect(listed).toMatchObject({ ok: false, gap: { why: expect.stringContaining('403') } });
  });

  it('throws where the server fails', async () => {
    server.setFault({ status: 503 });
    await expect(create()).rejects.toMatchObject({ code: 'cluster', status: 503, retry: 'retry' });
  });
});
