import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createEcr, type Ecr } from '../../infra/local/ecr/ecr.ts';
import { type Api, createApi } from '../../infra/local/kubernetes/api.ts';
import { kubeconfig } from '../../infra/local/kubernetes/kubeconfig.ts';
import { SECRETS } from '../../infra/local/kubernetes/resources.ts';
import { type ApiServer, createApiServer } from '../../infra/local/kubernetes/server.ts';
import type { KubeSecret } from '../../shared/domain/kubernetes.ts';
import { authOf, documentOf, ECR_HOST, ecrPassword } from '../support/refresh-builders.ts';
import { addNamespace } from './add-namespace.ts';

const SECRET_COUNT = 200;
const KILLED_AFTER = 60;
/** What may have been on its way when the process died: as much as it works on at a time. */
const ON_THE_WAY = 16;
const CLI = join(import.meta.dirname, '..', '..', 'functions', 'cli', 'bin.js');
const OTHER = authOf('bot', 'kept');

interface Report {
  readonly secrets: readonly { readonly outcome: string }[];
}

describe('a refresh whose process is killed half way', () => {
  const clock = { now: () => Date.now() };
  let api: Api;
  let server: ApiServer;
  let ecr: Ecr;
  let folder: string;
  let patches = 0;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'pullmedic-killed-'));
    api = createApi(clock);
    server = await createApiServer({ api, token: undefined });
    ecr = await createEcr({ clock });
    const namespaces = Array.from({ length: SECRET_COUNT }, (_, i) => `team-${i}`);
    for (const name of namespaces) {
      const auths = {
        'ghcr.io': { auth: OTHER },
        [ECR_HOST]: { auth: authOf('AWS', ecrPassword(Date.now() - 1_000)) },
      };
      addNamespace(api, { namespace: name, auths });
    }
    api.store.subscribe(({ object }) => {
      if (object.kind === 'Secret') patches += 1;
    });
    const access = { kind: 'kubeconfig', kubeconfig: 'env:KUBE' };
    const target = { namespaces, secretNames: ['ecr-creds'], registries: [ECR_HOST], roleArn: 'none' };
    const config = { clusters: [{ name: 'prod-eu', access }], slack: { channel: 'c' }, targets: [target] };
    writeFileSync(join(folder, 'pullmedic.yaml'), JSON.stringify(config));
  });
  afterAll(async () => {
    await Promise.all([server.stop(), ecr.stop()]);
    rmSync(folder, { recursive: true, force: true });
  });

  function start(): ChildProcess {
    return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', CLI, 'refresh', '-A', '--json'], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...process.env,
        KUBE: kubeconfig(server.url, ''),
        PULLMEDIC_CONFIG: join(folder, 'pullmedic.yaml'),
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
        AWS_ENDPOINT_URL_ECR: ecr.endpoint,
      },
    });
  }

  function fresh(): number {
    return api.store.list(SECRETS).filter((secret) => {
      const { auths } = documentOf(secret as unknown as KubeSecret) as {
        readonly auths: Readonly<Record<string, { readonly auth: string }>>;
      };
      // Never half of a document: what is not pullmedic's is there before and after.
      expect(auths['ghcr.io']?.auth).toBe(OTHER);
      const password = Buffer.from(auths[ECR_HOST]?.auth ?? '', 'base64')
        .toString()
        .replace(/^AWS:/, '');
      return ecr.tokens.state(password, 'eu-west-1') === 'valid';
    }).length;
  }

  it('leaves whole secrets, and the next run refreshes the rest and nothing twice', async () => {
    const first = start();
    const killed = new Promise<void>((resolve) => {
      const stop = api.store.subscribe(() => {
        if (patches < KILLED_AFTER) return;
        stop();
        first.kill('SIGKILL');
        resolve();
      });
    });
    const [, signal] = (await once(first, 'exit')) as [number | null, string | null];
    await killed;
    expect(signal).toBe('SIGKILL');
    const done = fresh();
    expect(done).toBeGreaterThanOrEqual(KILLED_AFTER);
    expect(done).toBeLessThanOrEqual(KILLED_AFTER + ON_THE_WAY);

    const second = start();
    let stdout = '';
    second.stdout?.on('data', (part: Buffer) => {
      stdout += part.toString();
    });
    const [status] = (await once(second, 'close')) as [number | null];
    expect(status).toBe(0);
    const { secrets } = JSON.parse(stdout) as Report;
    const count = (outcome: string) => secrets.filter((one) => one.outcome === outcome).length;
    expect([count('not-due'), count('refreshed')]).toEqual([done, SECRET_COUNT - done]);
    expect(fresh()).toBe(SECRET_COUNT);
    expect(patches).toBe(SECRET_COUNT);
  }, 60_000);
});
