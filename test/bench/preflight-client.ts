/** One preflight in a process of its own, so that its peak memory is its own too. */
import { createInventoryReader } from '../../shared/adapters/kubernetes/inventory-reader.ts';
import { createRegistry } from '../../shared/adapters/registry/create-registry.ts';
import { readInventory } from '../../shared/flows/preflight/read-inventory.ts';
import { runPreflight } from '../../shared/flows/preflight/run-preflight.ts';
import { openConnection } from './open-connection.ts';
import { peakMemory } from './peak-memory.ts';
import type { SceneAddresses } from './preflight-scene.ts';

export interface Measured {
  readonly seconds: number;
  readonly peakMb: number;
  readonly workloads: number;
  readonly images: number;
  readonly answered: number;
  readonly findings: number;
  readonly gaps: number;
}

const clock = { now: () => Date.now() };

process.once('message', async (addresses: SceneAddresses) => {
  process.send?.(await measure(addresses));
});
process.on('disconnect', () => process.exit());

async function measure({ kubeconfig, registries }: SceneAddresses): Promise<Measured> {
  const entries = registries.map((host) => ({
    host,
    proxy: undefined,
    caBundle: undefined,
    realmHosts: [],
    allowPrivate: true,
  }));
  const registry = createRegistry({
    config: { load: async () => ({ registries: entries, ecr: { accounts: [] } }) },
    credentials: { read: () => Promise.reject(new Error('none is needed')) },
    clock,
  });
  const connection = openConnection(kubeconfig, 8);
  const startedAt = performance.now();
  const request = { cluster: 'bench', observedAt: clock.now(), namespace: undefined, platforms: [] };
  const snapshot = await readInventory(createInventoryReader(connection), request);
  const report = await runPreflight(snapshot, { registry, signal: AbortSignal.timeout(120_000) });
  const seconds = (performance.now() - startedAt) / 1000;
  await connection.close();
  const { workloads, images, answered } = report.checked;
  return {
    seconds,
    peakMb: peakMemory(),
    workloads,
    images,
    answered,
    findings: report.findings.length,
    gaps: report.gaps.length,
  };
}
