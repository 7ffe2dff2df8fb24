import { writeFileSync } from 'node:fs';
import type { Clock } from '../../../shared/ports/clock.ts';
import type { Log } from '../../../shared/ports/log.ts';
import { createEcr, type Ecr } from '../ecr/ecr.ts';
import { type Cluster, createCluster } from '../kubernetes/cluster.ts';
import { NODES } from '../kubernetes/resources.ts';
import { createRegistry, type Registry } from '../registry/registry.ts';
import type { Closers } from './closers.ts';
import { rememberCluster } from './cluster-memory.ts';
import type { DataFolder } from './data-folder.ts';

/** Everything that a real installation would have around pullmedic, but Slack. */
export interface Fakes {
  readonly ecr: Ecr;
  readonly registry: Registry;
  readonly cluster: Cluster;
  /** Path of the embedded cluster's kubeconfig. */
  readonly kubeconfig: string;
}

/** Images that a person reaches for first. */
const USUAL_IMAGES: readonly string[] = [
  'docker.io/library/nginx:latest',
  'docker.io/library/nginx:1.27',
  'docker.io/library/nginx:alpine',
  'docker.io/library/busybox:latest',
  'docker.io/library/busybox:1.36',
  'docker.io/library/alpine:latest',
  'docker.io/library/redis:7',
  'docker.io/library/postgres:16',
  'registry.k8s.io/pause:3.10',
];

export async function startFakes(deps: {
  readonly clock: Clock;
  readonly log: Log;
  readonly timeScale: number;
  readonly folder: DataFolder;
  readonly closers: Closers;
}): Promise<Fakes> {
  const { clock, log, folder, closers } = deps;
  // The cluster counts how many times faster it runs, the configuration how much shorter its waits are.
  const timeScale = 1 / deps.timeScale;
  const ecr = await createEcr({ clock });
  closers.add(() => ecr.stop());
  const registry = await createRegistry({ log, tokens: ecr.tokens, timeScale });
  closers.add(() => registry.stop());
  registry.addHost({ host: 'registry.k8s.io', auth: 'open' });
  for (const image of USUAL_IMAGES) registry.addImage(image);
  const cluster = await createCluster({ clock, registry, log, timeScale });
  closers.add(() => cluster.stop());
  ageNodes(cluster, clock);
  if (folder.clusterObjects !== undefined) closers.add(rememberCluster(cluster, folder.clusterObjects));
  writeFileSync(folder.kubeconfig, cluster.kubeconfig(), { mode: 0o600 });
  return { ecr, registry, cluster, kubeconfig: folder.kubeconfig };
}

const NODE_AGE_MS = 30 * 24 * 3_600_000;

/** Nodes that look freshly booted would make pullmedic wait for them to settle: these have been there for a month. */
function ageNodes(cluster: Cluster, clock: Clock): void {
  const createdAt = new Date(clock.now() - NODE_AGE_MS).toISOString().replace(/\.\d+Z$/, 'Z');
  for (const { metadata } of cluster.list(NODES)) {
    cluster.api.edit(NODES, { name: metadata.name }, { manager: 'kubelet' }, (copy) => {
      copy.metadata.creationTimestamp = createdAt;
    });
  }
}
