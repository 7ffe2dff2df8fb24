import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createRefreshWorld } from '../../functions/cli/refresh-world.ts';
import { run } from '../../functions/cli/run.ts';
import { createEcr, type Ecr } from '../../infra/local/ecr/ecr.ts';
import { type Api, createApi } from '../../infra/local/kubernetes/api.ts';
import { kubeconfig } from '../../infra/local/kubernetes/kubeconfig.ts';
import type { ApiObject } from '../../infra/local/kubernetes/objects.ts';
import { SECRETS, SERVICE_ACCOUNTS } from '../../infra/local/kubernetes/resources.ts';
import { type ApiServer, createApiServer } from '../../infra/local/kubernetes/server.ts';
import { createClusters } from '../../shared/adapters/kubernetes/clusters.ts';
import { Secret } from '../../shared/domain/secret.ts';
import { authOf, documentOf, ECR_HOST, ecrPassword } from '../support/refresh-builders.ts';
import { addNamespace } from './add-namespace.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');
const HOUR = 3_600_000;
const clock = { now: () => NOW };
const log = { debug() {}, info() {}, warn() {}, error() {} };
const awsKeys = () => async () => ({ accessKeyId: 'test', secretAccessKey: 'test' });

describe('secrets and refresh, on the embedded cluster and ECR', () => {
  let api: Api;
  let server: ApiServer;
  let ecr: Ecr;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'pullmedic-refresh-'));
    api = createApi(clock);
    server = await createApiServer({ api, token: undefined });
    ecr = await createEcr({ clock });
    for (const [name, hours] of [
      ['shop', -1],
      ['quiet', 11],
      ['stuck', 1],
    ] as const) {
      const auths = {
        'ghcr.io': { auth: authOf('a', 'b') },
        [ECR_HOST]: { auth: authOf('AWS', ecrPassword(NOW + hours * HOUR)) },
      };
      addNamespace(api, { namespace: name, auths, immutable: name === 'stuck' });
    }
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace: 'shop', name: 'web' } };
    api.create(SERVICE_ACCOUNTS, { ...account, imagePullSecrets: [{ name: 'ecr-creds' }] } as unknown as ApiObject, {
      manager: 't',
    });
    const target = {
      namespaces: ['shop', 'quiet', 'stuck'],
      secretNames: ['ecr-creds'],
      registries: [ECR_HOST],
      roleArn: 'none',
    };
    const access = { kind: 'kubeconfig', kubeconfig: 'env:KUBE' };
    const config = { clusters: [{ name: 'prod-eu', access }], slack: { channel: 'c' }, targets: [target] };
    writeFileSync(join(folder, 'pullmedic.yaml'), JSON.stringify(config));
  });
  afterAll(async () => {
    await Promise.all([server.stop(), ecr.stop()]);
    rmSync(folder, { recursive: true, force: true });
  });

  async function pullmedic(...args: readonly string[]) {
    let stdout = '';
    let stderr = '';
    const source = async () => Promise.reject(new Error('not expected'));
    const text = kubeconfig(server.url, '');
    const status = await run(
      args,
      {
        stdin: Readable.from([]),
        stdout: (part) => {
          stdout += part;
        },
        stderr: (part) => {
          stderr += part;
        },
        hasColours: false,
        columns: 120,
      },
      {
        clock,
        about: { version: '0', issues: undefined },
        doctor: { open: () => Promise.reject(new Error('not expected')), progress() {} },
        preflight: { withInventory: () => Promise.reject(new Error('no cluster was expected')), progress() {} },
        prepull: {
          withCluster: () => Promise.reject(new Error('no cluster was expected')),
          interrupted: () => new AbortController().signal,
        },
        remedyRecords: { open: () => Promise.reject(new Error('not expected')) },
        readKubeconfig: () => Promise.reject(new Error('not expected')),
        withCluster: () => Promise.reject(new Error('not expected')),
        openRegistry: () => Promise.reject(new Error('not expected')),
        async withSecrets(_, use) {
          const clusters = createClusters({
            config: {
              load: async () => ({
                clusters: [{ name: 'c', environment: 'prod', access: { kind: 'kubeconfig', kubeconfig: 'K' } }],
              }),
            },
            credentials: { read: async () => new Secret(text) },
            clock,
            log,
            awsKeys,
          });
          try {
            return await use({ reader: await clusters.reader('c'), writer: await clusters.writer('c') });
          } finally {
            await clusters.close();
          }
        },
        refresh: createRefreshWorld({
          clock,
          log,
          env: { KUBE: text, PULLMEDIC_CONFIG: join(folder, 'pullmedic.yaml') },
          ssm: source,
          secretsManager: source,
          awsKeys,
          readKubeconfig: async () => text,
          ecrEndpoint: ecr.endpoint,
        }),
        serve: { log, start: source, untilSignal: source },
      },
    );
    return { status, stdout, stderr };
  }

  it('shows what there is, soonest expiry first', async () => {
    const { status, stdout } = await pullmedic('secrets', '-A');
    expect(status).toBe(0);
    const lines = stdout.split('\n').map((line) => line.split(/ {2,}/));
    expect(lines.slice(0, 3)).toEqual([
      ['EXPIRES', 'SECRET', 'REGISTRY', 'KIND', 'USED BY', 'OWNED BY'],
      ['60 min ago', 'shop/ecr-creds', ECR_HOST, 'ECR', 'serviceaccount web', '-'],
      ['in 60 min', 'stuck/ecr-creds', ECR_HOST, 'ECR', '-', '-'],
    ]);
    const json = JSON.parse((await pullmedic('secrets', '-n', 'quiet', '--json')).stdout);
    expect(json.secrets.map((row: { registry: string; kind: string }) => [row.registry, row.kind])).toEqual([
      [ECR_HOST, 'ECR'],
      ['ghcr.io', 'password'],
    ]);
  });

  it('says what is due without a token, renews it, and finds nothing to do the next time', async () => {
    const dry = await pullmedic('refresh', '--dry-run');
    expect(dry.stdout).toContain('due        prod-eu shop/ecr-creds  it had expired\n');
    expect(dry.stdout).toContain('1 due, 1 not due, 1 skipped, 0 failed; 0 tokens asked for.');
    expect(ecr.calls()).toBe(0);

    const { status, stdout } = await pullmedic('refresh');
    expect(status).toBe(0);
    expect(stdout).toContain('refreshed  prod-eu shop/ecr-creds  ends in 12 h; it had expired\n');
    expect(stdout).toContain('not due    prod-eu quiet/ecr-creds  ends in 11 h\n');
    expect(stdout).toMatch(/skipped {4}prod-eu stuck\/ecr-creds {2}it is immutable: delete it/);
    expect(stdout).toContain('1 refreshed, 1 not due, 1 skipped, 0 failed; 1 tokens asked for.');
    expect(ecr.calls()).toBe(1);

    const written = api.get(SECRETS, 'shop', 'ecr-creds') as unknown as Parameters<typeof documentOf>[0];
    const { auths } = documentOf(written);
    expect(auths['ghcr.io']).toEqual({ auth: authOf('a', 'b') });
    const password = Buffer.from(auths[ECR_HOST]?.auth ?? '', 'base64')
      .toString()
      .slice('AWS:'.length);
    expect(ecr.tokens.state(password, 'eu-west-1')).toBe('valid');
    expect(written?.metadata?.managedFields?.map(({ manager }) => manager)).toContain('pullmedic');

    const again = JSON.parse((await pullmedic('refresh', '-n', 'shop', '--json')).stdout);
    expect(again.secrets).toMatchObject([
      { namespace: 'shop', outcome: 'not-due', expiresAt: '2026-11-23T00:00:00.000Z' },
    ]);
    expect(ecr.calls()).toBe(1);
    expect((await pullmedic('secrets', '-A')).stdout).toContain('in 12 h');
  });

  it('ends with status 1 where something failed', async () => {
    server.setFault({ status: 403, match: { verb: 'get', resource: 'secrets', namespace: 'shop' } });
    const { status, stdout } = await pullmedic('refresh', '-n', 'shop');
    server.setFault(undefined);
    expect(status).toBe(1);
    expect(stdout).toMatch(/failed {5}prod-eu shop\/ecr-creds .*403.*to allow it: kubectl create role/);
  });
});
