import { fork } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';
import { join } from 'node:path';
import { CoreV1ApiRequestFactory } from '@kubernetes/client-node/dist/gen/apis/CoreV1Api.js';
import { type ClusterConnection, createConnection } from '../../shared/adapters/kubernetes/connection.ts';
import { createSecretWriter } from '../../shared/adapters/kubernetes/secret-writer.ts';
import type { KubeSecret } from '../../shared/domain/kubernetes.ts';
import { refreshSecrets } from '../../shared/flows/refresh-secrets.ts';
import { CONCURRENCY } from '../../shared/flows/refreshing/refresh-cluster.ts';
import { fakeIssuer } from '../support/fake-secrets.ts';
import { documentOf, refreshTarget } from '../support/refresh-builders.ts';
import type { Scene, SceneReady } from './kubernetes-server.ts';
import type { Ratio } from './ratio.ts';

const NAMESPACES = 1_000;
const CASES = [
  { due: NAMESPACES, latencyMs: 0, timesFaster: 2.5 },
  { due: NAMESPACES, latencyMs: 20, timesFaster: 12 },
  { due: NAMESPACES / 2, latencyMs: 0, timesFaster: 4 },
  { due: NAMESPACES / 2, latencyMs: 20, timesFaster: 20 },
];

/** 1,000 namespaces with a secret each: the refresh against one GET and one PUT for each, with the same client. */
export async function measure(): Promise<readonly Ratio[]> {
  const child = fork(join(import.meta.dirname, 'kubernetes-server.ts'), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const prepare = (scene: Scene) =>
    new Promise<SceneReady>((resolve, reject) => {
      const failed = (code: number | null) => reject(new Error(`the API server ended with ${code}`));
      child.once('exit', failed);
      child.once('message', (ready) => {
        child.off('exit', failed);
        resolve(ready as SceneReady);
      });
      child.send(scene);
    });
  const ratios: Ratio[] = [];
  try {
    for (const { due, latencyMs, timesFaster } of CASES) {
      const scene = { namespaces: NAMESPACES, due, latencyMs };
      const plain = await run(prepare, scene, plainLoop);
      const ours = await run(prepare, scene, refresh);
      const what = `refresh ${NAMESPACES} secrets, ${due} due, ${latencyMs} ms a call`;
      process.stderr.write(`${what}: ${words(ours)}; plain loop: ${words(plain)}\n`);
      ratios.push({
        name: `${what}: % of a plain loop`,
        value: (100 * ours.seconds) / plain.seconds,
        limit: 100 / timesFaster,
      });
      ratios.push({ name: '  patches a due secret', value: (ours.calls['patch secrets'] ?? 0) / due, limit: 1 });
      ratios.push({ name: '  connections', value: ours.connections, limit: CONCURRENCY + 1 });
    }
    ratios.push({ name: 'peak memory, MB', value: process.resourceUsage().maxRSS / 1024, limit: 300 });
    return ratios;
  } finally {
    child.disconnect();
  }
}

interface Measured {
  readonly seconds: number;
  /** Of this process, which is the client. */
  readonly cpuSeconds: number;
  readonly connections: number;
  readonly calls: Readonly<Record<string, number>>;
}

async function run(
  prepare: (scene: Scene) => Promise<SceneReady>,
  scene: Scene,
  work: (connection: ClusterConnection, namespaces: number) => Promise<void>,
): Promise<Measured> {
  const before = await prepare(scene);
  let connections = 0;
  const count = () => {
    connections += 1;
  };
  subscribe('undici:client:connected', count);
  const target = { server: before.url, certificateAuthority: undefined, isTlsVerified: true, tlsServerName: undefined };
  const connection = createConnection(
    { ...target, proxyUrl: undefined, connections: CONCURRENCY },
    async () => undefined,
  );
  const startedAt = performance.now();
  const cpuBefore = process.cpuUsage();
  await work(connection, scene.namespaces);
  const seconds = (performance.now() - startedAt) / 1000;
  const cpu = process.cpuUsage(cpuBefore);
  const cpuSeconds = (cpu.user + cpu.system) / 1e6;
  await connection.close();
  const after = await prepare({ namespaces: 0, due: 0, latencyMs: 0 });
  const calls = Object.fromEntries(
    Object.entries(after.calls).flatMap(([call, n]) => {
      const made = n - (before.calls[call] ?? 0);
      return made === 0 ? [] : [[call, made]];
    }),
  );
  return { seconds, cpuSeconds, connections, calls };
}

/** The product, but for AWS: one token for all. */
async function refresh(connection: ClusterConnection, namespaces: number): Promise<void> {
  const names = Array.from({ length: namespaces }, (_, i) => `n${i}`);
  const clock = { now: () => Date.now() };
  const report = await refreshSecrets(
    { isDryRun: false, isForced: false },
    {
      config: { clusters: [{ name: 'bench' }], targets: [refreshTarget({ namespaces: names })] },
      writers: { writer: async () => createSecretWriter(connection) },
      issuer: fakeIssuer(clock.now),
      clock,
      log: { debug() {}, info() {}, warn() {}, error() {} },
    },
  );
  const odd = report.secrets.find(({ outcome }) => outcome === 'failed' || outcome === 'skipped');
  if (odd !== undefined || report.secrets.length !== namespaces) throw new Error(`not refreshed: ${odd?.why}`);
}

/** What a CronJob does: read, set the one entry, write back; one namespace after the other. */
async function plainLoop(connection: ClusterConnection, namespaces: number): Promise<void> {
  const core = new CoreV1ApiRequestFactory(connection.configuration);
  const signal = AbortSignal.timeout(600_000);
  const { password } = await fakeIssuer(() => Date.now()).issue(PLAIN_REQUEST);
  const auth = Buffer.from(`AWS:${password.reveal()}`).toString('base64');
  for (let i = 0; i < namespaces; i++) {
    const namespace = `n${i}`;
    const what = `secrets ${namespace}/ecr-creds`;
    const read = await connection.send(() => core.readNamespacedSecret('ecr-creds', namespace), {
      verb: 'get',
      what,
      signal,
    });
    const secret = read.body as unknown as KubeSecret;
    const { auths } = documentOf(secret);
    const text = JSON.stringify({ auths: { ...auths, '123456789012.dkr.ecr.eu-west-1.amazonaws.com': { auth } } });
    const data = { '.dockerconfigjson': Buffer.from(text).toString('base64') };
    const written = await connection.send(
      async () => {
        const request = await core.replaceNamespacedSecret('ecr-creds', namespace, {});
        request.setHeaderParam('Content-Type', 'application/json');
        request.setBody(JSON.stringify({ ...secret, data }));
        return request;
      },
      { verb: 'update', what, signal },
    );
    if (written.status !== 200) throw new Error(`${what}: ${written.status}`);
  }
}

const PLAIN_REQUEST = {
  service: 'ecr',
  region: 'eu-west-1',
  role: { kind: 'own' },
  sessionPolicy: undefined,
  isFips: false,
  isDualStack: false,
} as const;

function words({ seconds, cpuSeconds, connections, calls }: Measured): string {
  const made = Object.entries(calls).map(([call, n]) => `${n} ${call}`);
  return `${seconds.toFixed(2)} s (${cpuSeconds.toFixed(2)} s CPU), ${made.join(', ')}, ${connections} connections`;
}
