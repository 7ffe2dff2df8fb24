import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { createClusters } from '../../../shared/adapters/kubernetes/clusters.ts';
import type { ClusterAccess, Config } from '../../../shared/config/config.ts';
import { CredentialError } from '../../../shared/domain/errors.ts';
import { Secret } from '../../../shared/domain/secret.ts';
import { sendJson, startApiServer } from './api-server.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');
const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'example', sessionToken: 'session' };
const cleanUps: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

function kubeconfig(server: string, user: object): string {
  return stringify({
    'current-context': 'main',
    contexts: [{ name: 'main', context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster: { server } }],
    users: [{ name: 'u', user }],
  });
}

function build(
  access: ClusterAccess,
  overrides: { read?: () => Promise<Secret>; awsEndpoint?: string; folder?: string; server?: string } = {},
) {
  let now = NOW;
  const config = { clusters: [{ name: 'prod', environment: 'prod', access }] } as unknown as Config;
  const clusters = createClusters({
    config: { load: async () => config },
    credentials: {
      read: overrides.read ?? (async () => Promise.reject(new CredentialError('unexpected', { retry: 'give-up' }))),
    },
    clock: { now: () => now },
    log: { debug() {}, info() {}, warn() {}, error() {} },
    awsKeys: () => async () => KEYS,
    component: 'triage-worker',
    awsEndpoint: overrides.awsEndpoint,
    serviceAccountFolder: overrides.folder,
    inClusterServer: overrides.server,
  });
  cleanUps.push(() => clusters.close());
  return {
    clusters,
    advance(ms: number) {
      now += ms;
    },
  };
}

async function startServer() {
  const server = await startApiServer((_, response) => sendJson(response, 200, { items: [] }));
  cleanUps.push(server.close);
  return server;
}

describe('clusters', () => {
  it('names itself, its version and its function in every request', async () => {
    const server = await startServer();
    const { clusters } = build(
      { kind: 'kubeconfig', kubeconfig: 'file:kc' },
      { read: async () => new Secret(kubeconfig(server.url, {})) },
    );
    const [reader, noter] = await Promise.all([clusters.reader('prod'), clusters.noter?.('prod')]);
    await reader.listPods({ isPendingOnly: true });
    await reader.listWorkloads('shop', 'Deployment');
    await noter?.note({
      namespace: 'shop',
      pod: { name: 'web', uid: 'u' },
      name: 'web.1',
      reason: 'ImagePullDiagnosed',
      message: 'the tag does not exist',
      fieldPath: undefined,
      count: 1,
      at: NOW,
    });
    expect(server.requests.length).toBeGreaterThanOrEqual(3);
    const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../../package.json'), 'utf8'));
    expect(new Set(server.requests.map(({ userAgent }) => userAgent))).toEqual(
      new Set([`pullmedic/${version} (triage-worker)`]),
    );
  });

  it('opens a cluster once for all who ask, and keeps its connections', async () => {
    const server = await startServer();
    let reads = 0;
    const { clusters } = build(
      { kind: 'kubeconfig', kubeconfig: 'file:kc' },
      {
        async read() {
          reads += 1;
          return new Secret(kubeconfig(server.url, { token: 'one' }));
        },
      },
    );
    const readers = await Promise.all([clusters.reader('prod'), clusters.reader('prod'), clusters.reader('prod')]);
    for (const reader of readers) await reader.listPods({});
    expect(reads).toBe(1);
    // A second one is opened when a request comes before the first socket is idle again.
    expect(server.connections()).toBeLessThanOrEqual(2);
    expect(server.requests[0]?.authorization).toBe('Bearer one');
  });

  it('takes a changed credential after a minute, and keeps the old one while the source does not answer', async () => {
    const server = await startServer();
    let source: () => Promise<Secret> = async () => new Secret(kubeconfig(server.url, { token: 'one' }));
    const { clusters, advance } = build({ kind: 'kubeconfig', kubeconfig: 'file:kc' }, { read: () => source() });
    await (await clusters.reader('prod')).listPods({});
    source = async () => Promise.reject(new CredentialError('no answer', { retry: 'retry' }));
    advance(61_000);
    await (await clusters.reader('prod')).listPods({});
    source = async () => new Secret(kubeconfig(server.url, { token: 'two' }));
    advance(61_000);
    await (await clusters.reader('prod')).listPods({});
    expect(server.requests.map(({ authorization }) => authorization)).toEqual([
      'Bearer one',
      'Bearer one',
      'Bearer two',
    ]);
  });

  it('names what is configured when it is asked for another cluster', async () => {
    const { clusters } = build({ kind: 'in-cluster' });
    await expect(clusters.reader('dev')).rejects.toThrow('cluster dev is not configured; configured: prod');
  });

  it('reads the mounted service account in the cluster, and says when there is none', async () => {
    const server = await startServer();
    const folder = await mkdtemp(join(tmpdir(), 'pullmedic-sa-'));
    cleanUps.push(() => rm(folder, { recursive: true }));
    const missing = build({ kind: 'in-cluster' }, { folder });
    await expect(missing.clusters.reader('prod')).rejects.toThrow('no service account is mounted');
    await writeFile(join(folder, 'token'), 'mounted\n');
    await writeFile(join(folder, 'ca.crt'), 'PEM');
    const { clusters } = build({ kind: 'in-cluster' }, { folder, server: server.url });
    await (await clusters.reader('prod')).listPods({});
    expect(server.requests[0]?.authorization).toBe('Bearer mounted');
  });

  it('asks EKS where the cluster is, and signs a presigned STS call as its token', async () => {
    const api = await startServer();
    const aws = await startApiServer((request, response) => {
      if (request.path !== '/clusters/shop') return sendJson(response, 404, {});
      sendJson(response, 200, {
        cluster: { endpoint: api.url, certificateAuthority: { data: Buffer.from('PEM').toString('base64') } },
      });
    });
    cleanUps.push(aws.close);
    const { clusters } = build({ kind: 'eks', region: 'eu-west-1', clusterName: 'shop' }, { awsEndpoint: aws.url });
    await (await clusters.reader('prod')).listPods({});
    expect(aws.requests[0]?.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/20261122\/eu-west-1\/eks\/aws4_request/,
    );

    const token = api.requests[0]?.authorization ?? '';
    expect(token).toMatch(/^Bearer k8s-aws-v1\.[A-Za-z0-9_-]+$/);
    const url = new URL(Buffer.from(token.slice('Bearer k8s-aws-v1.'.length), 'base64url').toString());
    expect(url.host).toBe('sts.eu-west-1.amazonaws.com');
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      Action: 'GetCallerIdentity',
      Version: '2011-06-15',
      'X-Amz-Expires': '60',
      'X-Amz-Date': '20261122T120000Z',
      'X-Amz-SignedHeaders': 'host;x-k8s-aws-id',
      'X-Amz-Security-Token': 'session',
    });
    expect(url.searchParams.get('X-Amz-Signature')).toMatch(/^[0-9a-f]{64}$/);
  });

  it('assumes the role first where one is configured', async () => {
    const api = await startServer();
    const aws = await startApiServer((request, response, raw) => {
      if (raw.method === 'POST') {
        response
          .writeHead(200)
          .end(
            '<AssumeRoleResponse><Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2026-11-22T13:00:00Z</Expiration></Credentials></AssumeRoleResponse>',
          );
        return;
      }
      sendJson(response, request.path === '/clusters/shop' ? 200 : 404, {
        cluster: { endpoint: api.url, certificateAuthority: { data: '' } },
      });
    });
    cleanUps.push(aws.close);
    const { clusters } = build(
      { kind: 'eks', region: 'eu-west-1', clusterName: 'shop', roleArn: 'arn:aws:iam::1:role/triage' },
      { awsEndpoint: aws.url },
    );
    await (await clusters.reader('prod')).listPods({});
    const token = api.requests[0]?.authorization?.slice('Bearer k8s-aws-v1.'.length) ?? '';
    expect(Buffer.from(token, 'base64url').toString()).toContain('ASIAROLE');
  });
});
