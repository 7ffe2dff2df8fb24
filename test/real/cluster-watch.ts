import { request } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import type { Pod } from '../../shared/domain/kubernetes.ts';

/** What was seen of one namespace's pods, with the time of the first sight of each thing (ms since the epoch). */
export interface NamespaceSight {
  readonly pods: readonly Pod[];
  /** Waiting reasons of containers and init containers. */
  readonly reasons: ReadonlyMap<string, number>;
  /** Since when every pod that is not being deleted runs; `undefined` while one does not, or there is none. */
  readonly runningSince: number | undefined;
  /** Since when there is no pod. */
  readonly emptySince: number | undefined;
}

/** The admin's eyes on the cluster: independent of the product. */
export interface ClusterWatch {
  see(namespace: string): NamespaceSight;
  /** Forgets what was seen of it, for a second act. */
  forget(namespace: string): void;
  stop(): void;
}

const NOTHING: NamespaceSight = { pods: [], reasons: new Map(), runningSince: undefined, emptySince: undefined };

/** Lists all pods again and again. */
export async function startClusterWatch(everyMs: number): Promise<ClusterWatch> {
  const config = new KubeConfig();
  config.loadFromDefault();
  const server = config.getCurrentCluster()?.server;
  if (server === undefined) throw new Error('the kubeconfig names no cluster');
  const tls = {};
  await config.applyToHTTPSOptions(tls);
  const sights = new Map<string, NamespaceSight>();
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  async function look(): Promise<void> {
    const items = await listPods(`${server}/api/v1/pods`, tls);
    const now = Date.now();
    const byNamespace = Map.groupBy(items, ({ metadata }) => metadata?.namespace ?? 'default');
    for (const namespace of new Set([...byNamespace.keys(), ...sights.keys()])) {
      const before = sights.get(namespace) ?? NOTHING;
      const pods = byNamespace.get(namespace) ?? [];
      const alive = pods.filter(({ metadata }) => metadata?.deletionTimestamp === undefined);
      const reasons = new Map(before.reasons);
      for (const reason of alive.flatMap(waitingReasons)) if (!reasons.has(reason)) reasons.set(reason, now);
      sights.set(namespace, {
        pods: alive,
        reasons,
        runningSince: alive.length > 0 && alive.every(isRunning) ? (before.runningSince ?? now) : undefined,
        emptySince: alive.length === 0 ? (before.emptySince ?? now) : undefined,
      });
    }
  }

  async function loop(): Promise<void> {
    // An API server that is busy for a moment is asked again: what does not come shows as a step that failed.
    await look().catch(() => undefined);
    if (!isStopped) timer = setTimeout(() => void loop(), everyMs);
  }
  await look();
  void loop();
  return {
    see: (namespace) => sights.get(namespace) ?? NOTHING,
    forget: (namespace) => void sights.delete(namespace),
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

function listPods(url: string, options: object): Promise<readonly Pod[]> {
  return new Promise((resolve, reject) => {
    const call = request(url, { ...options, timeout: 10_000 }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode !== 200) return reject(new Error(`list pods: ${response.statusCode}`));
        resolve((JSON.parse(Buffer.concat(chunks).toString('utf8')) as { items: readonly Pod[] }).items);
      });
    });
    call.on('timeout', () => call.destroy(new Error('list pods: no answer')));
    call.on('error', reject);
    call.end();
  });
}

/** Statuses of every container of a pod, init containers first. */
export function statusesOf({ status }: Pod) {
  return [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
}

function waitingReasons(pod: Pod): readonly string[] {
  return statusesOf(pod).flatMap(({ state }) => state?.waiting?.reason ?? []);
}

function isRunning({ status }: Pod): boolean {
  const all = status?.containerStatuses ?? [];
  return all.length > 0 && all.every(({ state }) => state?.running !== undefined);
}
