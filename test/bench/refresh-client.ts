/**
 * One measurement in a process of its own, so that its peak memory is its own too: the refresh, or the plain loop that it
 * is compared with, over the same keep-alive connections.
 */
import { subscribe } from 'node:diagnostics_channel';
import { createCredentialIssuer } from '../../shared/adapters/ecr/create-credential-issuer.ts';
import type { ClusterConnection } from '../../shared/adapters/kubernetes/connection.ts';
import { createSecretWriter } from '../../shared/adapters/kubernetes/secret-writer.ts';
import type { KubeSecret } from '../../shared/domain/kubernetes.ts';
import { tokenRequestFor } from '../../shared/domain/refresh/token-request.ts';
import { refreshSecrets } from '../../shared/flows/refresh-secrets.ts';
import { CONCURRENCY } from '../../shared/flows/refreshing/refresh-cluster.ts';
import { documentOf, ECR_HOST, refreshTarget } from '../support/refresh-builders.ts';
import { openConnection } from './open-connection.ts';
import { peakMemory } from './peak-memory.ts';
import { namespaceName, SECRET_NAME } from './refresh-scene.ts';

export interface Task {
  readonly who: 'refresh' | 'plain loop';
  readonly namespaces: number;
  readonly kubeconfig: string;
  /** Of a longer wire to the API server. */
  readonly port: number | undefined;
  readonly ecrEndpoint: string;
}

export interface Measured {
  readonly seconds: number;
  /** Of this process. */
  readonly cpuSeconds: number;
  readonly peakMb: number;
  readonly connections: number;
  /** By verb and resource. */
  readonly calls: Readonly<Record<string, number>>;
}

const clock = { now: () => Date.now() };

process.once('message', async (task: Task) => {
  process.send?.(await measure(task));
});
process.on('disconnect', () => process.exit());

async function measure(task: Task): Promise<Measured> {
  const calls = new Map<string, number>();
  let connections = 0;
  subscribe('undici:client:connected', () => {
    connections += 1;
  });
  subscribe('undici:request:create', (message) => {
    const call = callOf((message as { readonly request: SentRequest }).request);
    calls.set(call, (calls.get(call) ?? 0) + 1);
  });
  const connection = openConnection(task.kubeconfig, CONCURRENCY, task.port);
  const startedAt = performance.now();
  const cpuBefore = process.cpuUsage();
  await (task.who === 'refresh' ? refresh(connection, task) : plainLoop(connection, task));
  const seconds = (performance.now() - startedAt) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  await connection.close();
  return {
    seconds,
    cpuSeconds: (user + system) / 1e6,
    peakMb: peakMemory(),
    connections,
    calls: Object.fromEntries(calls),
  };
}

interface SentRequest {
  readonly method: string;
  readonly path: string;
}

const VERBS: Readonly<Record<string, string>> = { PATCH: 'patch', PUT: 'update', POST: 'create' };

function callOf({ method, path }: SentRequest): string {
  const [, resource = path, name] = /^\/api\/v1\/(?:namespaces\/[^/]+\/)?([a-z]+)(?:\/([^/?]+))?/.exec(path) ?? [];
  return `${VERBS[method] ?? (name === undefined ? 'list' : 'get')} ${resource}`;
}

function issuerOf({ ecrEndpoint }: Task) {
  const awsKeys = async () => ({ accessKeyId: 'bench', secretAccessKey: 'bench' });
  return createCredentialIssuer({ awsKeys, clock, endpoints: { ecr: ecrEndpoint } });
}

function targetOf({ namespaces }: Task) {
  const names = Array.from({ length: namespaces }, (_, i) => namespaceName(i));
  return refreshTarget({ namespaces: names, roleArn: 'none' });
}

async function refresh(connection: ClusterConnection, task: Task): Promise<void> {
  const report = await refreshSecrets(
    { isDryRun: false, isForced: false },
    {
      config: { clusters: [{ name: 'bench' }], targets: [targetOf(task)] },
      writers: { writer: async () => createSecretWriter(connection) },
      issuer: issuerOf(task),
      clock,
      log: { debug() {}, info() {}, warn() {}, error() {} },
    },
  );
  const odd = report.secrets.find(({ outcome }) => outcome === 'failed' || outcome === 'skipped');
  if (odd !== undefined || report.secrets.length !== task.namespaces) throw new Error(`not refreshed: ${odd?.why}`);
}

/** What a CronJob does: read, set the one entry, write back; one namespace after the other. */
async function plainLoop(connection: ClusterConnection, task: Task): Promise<void> {
  const target = targetOf(task);
  const [registry] = target.registries;
  if (registry === undefined) throw new Error('a target without a registry');
  const { username, password } = await issuerOf(task).issue(tokenRequestFor(target, registry));
  const auth = Buffer.from(`${username}:${password.reveal()}`).toString('base64');
  for (let i = 0; i < task.namespaces; i++) {
    const path = `/api/v1/namespaces/${namespaceName(i)}/secrets/${SECRET_NAME}`;
    const about = { what: path, signal: AbortSignal.timeout(10_000) };
    const read = await connection.send({ method: 'GET', path }, { verb: 'get', ...about });
    const secret = read.body as unknown as KubeSecret;
    const { auths } = documentOf(secret);
    const text = JSON.stringify({ auths: { ...auths, [ECR_HOST]: { auth } } });
    const data = { '.dockerconfigjson': Buffer.from(text).toString('base64') };
    const written = await connection.send(
      {
        method: 'PUT',
        path,
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ ...secret, data }),
      },
      { verb: 'update', ...about },
    );
    if (written.status !== 200) throw new Error(`${path}: ${written.status}`);
  }
}
