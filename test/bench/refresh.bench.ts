import { readKubeconfig } from '../../functions/cli/kubeconfig.ts';
import { parseKubeconfig } from '../../shared/adapters/kubernetes/parse-kubeconfig.ts';
import { CONCURRENCY } from '../../shared/flows/refreshing/refresh-cluster.ts';
import { findMoto, type Moto, startMoto } from '../support/moto-server.ts';
import { type Child, startChild } from './child.ts';
import type { Wire, WireReady } from './delay-proxy.ts';
import type { Scene, SceneReady } from './kubernetes-server.ts';
import type { Ratio } from './ratio.ts';
import { prepareRealCluster } from './real-cluster.ts';
import type { Measured, Task } from './refresh-client.ts';

const NAMESPACES = 1_000;
const MAX_MEMORY_MB = 300;
/** The plain loop does the same whatever is due: it is measured once for each latency. */
const CASES = [
  {
    latencyMs: 0,
    rounds: 3,
    refreshes: [
      { due: NAMESPACES, timesFaster: 2.5 },
      { due: NAMESPACES / 2, timesFaster: 4 },
    ],
  },
  {
    latencyMs: 20,
    rounds: 2,
    refreshes: [
      { due: NAMESPACES, timesFaster: 12 },
      { due: NAMESPACES / 2, timesFaster: 20 },
    ],
  },
];

/**
 * 1,000 namespaces with a secret each: the refresh against one GET and one PUT for each, with the same client. The API
 * server is the embedded one, or that of the kubeconfig in `BENCH_KUBECONFIG`: a test cluster on this machine, which gets
 * 1,000 namespaces and keeps them; ECR is then moto's, where that is installed.
 */
export async function measure(): Promise<readonly Ratio[]> {
  const server = startChild('kubernetes-server.ts');
  const children: Child[] = [server];
  const path = process.env['BENCH_KUBECONFIG'] ?? '';
  const moto = path !== '' && findMoto() !== undefined ? await startMoto() : undefined;
  try {
    const open = clusterOf(path, server, moto);
    const ratios: Ratio[] = [];
    for (const { latencyMs, rounds, refreshes } of CASES) {
      const measured = async (who: Task['who'], due: number): Promise<Measured> => {
        const { kubeconfig, ecrEndpoint } = await open({ namespaces: NAMESPACES, due });
        const port = latencyMs === 0 ? undefined : await longerWire(kubeconfig, latencyMs, children);
        const client = startChild('refresh-client.ts');
        children.push(client);
        const result = await client.ask<Measured>({ who, namespaces: NAMESPACES, kubeconfig, port, ecrEndpoint });
        await client.end();
        tellResult(`${who}, ${due} due, ${latencyMs} ms a call`, result);
        return result;
      };
      const best = async (who: Task['who'], due: number) => {
        const all: Measured[] = [];
        for (let round = 0; round < rounds; round += 1) all.push(await measured(who, due));
        return all.reduce((a, b) => (a.seconds <= b.seconds ? a : b));
      };
      const plain = await best('plain loop', NAMESPACES);
      for (const { due, timesFaster } of refreshes) {
        ratios.push(...ratiosOf(await best('refresh', due), plain, { due, timesFaster, latencyMs }));
      }
    }
    return ratios;
  } finally {
    await Promise.all([...children.map((child) => child.end()), moto?.stop()]);
  }
}

function clusterOf(path: string, server: Child, moto: Moto | undefined): (scene: Scene) => Promise<SceneReady> {
  if (path === '') return (scene) => server.ask(scene);
  tell(`ECR: ${moto === undefined ? 'the embedded one: no moto_server was found' : 'that of moto'}`);
  return async (scene) => {
    const kubeconfig = await readKubeconfig([path]);
    const { hostname } = new URL(parseKubeconfig(kubeconfig, { name: path }).server);
    if (hostname !== '127.0.0.1') throw new Error(`${hostname} is not on this machine: nothing is written there`);
    await prepareRealCluster(kubeconfig, scene);
    const embedded = await server.ask<SceneReady>({ namespaces: 0, due: 0 });
    return { kubeconfig, ecrEndpoint: moto?.endpoint ?? embedded.ecrEndpoint };
  };
}

/** @returns the port of a wire to the cluster on which every call takes so much longer */
async function longerWire(kubeconfig: string, delayMs: number, children: Child[]): Promise<number> {
  const { hostname: host, port } = new URL(parseKubeconfig(kubeconfig, { name: 'bench' }).server);
  const wire = startChild('delay-proxy.ts');
  children.push(wire);
  const ready = await wire.ask<WireReady>({ host, port: Number(port), delayMs } satisfies Wire);
  return ready.port;
}

function ratiosOf(
  ours: Measured,
  plain: Measured,
  { due, timesFaster, latencyMs }: { readonly due: number; readonly timesFaster: number; readonly latencyMs: number },
): readonly Ratio[] {
  const name = `refresh ${NAMESPACES} secrets, ${due} due, ${latencyMs} ms a call: % of a plain loop`;
  return [
    { name, value: (100 * ours.seconds) / plain.seconds, limit: 100 / timesFaster },
    { name: '  patches a due secret', value: (ours.calls['patch secrets'] ?? 0) / due, limit: 1 },
    { name: '  secrets read by name', value: ours.calls['get secrets'] ?? 0, limit: 0 },
    { name: '  connections', value: ours.connections, limit: CONCURRENCY + 1 },
    { name: '  peak memory, MB', value: ours.peakMb, limit: MAX_MEMORY_MB },
  ];
}

function tellResult(what: string, { seconds, cpuSeconds, connections, calls, peakMb }: Measured): void {
  const made = Object.entries(calls).map(([call, n]) => `${n} ${call}`);
  const numbers = [`${seconds.toFixed(2)} s (${cpuSeconds.toFixed(2)} s CPU)`, ...made, `${connections} connections`];
  tell(`${what}: ${numbers.join(', ')}, ${peakMb.toFixed(0)} MB`);
}

function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}
