import pLimit from 'p-limit';
import { ClusterError } from '../../shared/domain/errors.ts';
import { listContainerStates } from '../../shared/domain/find-pull-failures.ts';
import type { Instant } from '../../shared/domain/instant.ts';
import type { Gap } from '../../shared/domain/pull-failure.ts';
import type { ClusterSnapshot } from '../../shared/domain/snapshot.ts';
import { gather, podsOnly } from '../../shared/flows/gather.ts';
import type { ClusterReader } from '../../shared/ports/cluster.ts';

/** Namespaces read at a time: each is a handful of calls. */
const CONCURRENCY = 4;

/** What to look at: one namespace (of a pod too: its peers tell something), or all of them. */
export type LiveScope = { readonly kind: 'namespace'; readonly namespace: string } | { readonly kind: 'all' };

/**
 * Reads of a cluster what a diagnosis needs, as the triage worker does.
 *
 * @throws {ClusterError} when the API server does not answer, or pods cannot be listed
 */
export async function readCluster(
  reader: ClusterReader,
  scope: LiveScope,
  at: { readonly cluster: string; readonly observedAt: Instant },
): Promise<ClusterSnapshot> {
  if (scope.kind === 'namespace') {
    return gather(reader, { ...at, namespace: scope.namespace, watchedKinds: [] });
  }
  const pods = await reader.listPods({});
  if (!pods.ok) throw new ClusterError('list', 'pods of all namespaces', 403);
  const all = podsOnly(at.cluster, pods.value, at.observedAt);
  const limit = pLimit(CONCURRENCY);
  const read = await Promise.all(
    namespacesToRead(all).map((namespace) => limit(() => gatherOrGap(reader, namespace, at))),
  );
  const seen = new Set(read.flatMap((snapshot) => snapshot.pods.map(({ metadata }) => metadata?.namespace)));
  // Pods of quiet namespaces are peers: the same image may run there.
  const others = { ...all, pods: all.pods.filter(({ metadata }) => !seen.has(metadata?.namespace)) };
  return [others, ...read].reduce(merge);
}

/** Where something waits or fails; only events tell whether it waits for its image. */
function namespacesToRead(all: ClusterSnapshot): readonly string[] {
  const open = listContainerStates(all).filter(({ state }) => state !== 'running' && state !== 'done');
  return [...new Set(open.map(({ namespace }) => namespace))].sort();
}

/** One namespace that may not be read leaves the others readable. */
async function gatherOrGap(
  reader: ClusterReader,
  namespace: string,
  at: { readonly cluster: string; readonly observedAt: Instant },
): Promise<ClusterSnapshot> {
  try {
    return await gather(reader, { ...at, namespace, watchedKinds: [] });
  } catch (error) {
    if (!(error instanceof ClusterError) || error.retry === 'retry') throw error;
    const gap: Gap = { what: `namespace ${namespace} could not be read`, why: error.message };
    return { ...podsOnly(at.cluster, [], at.observedAt), gaps: [gap] };
  }
}

function merge(a: ClusterSnapshot, b: ClusterSnapshot): ClusterSnapshot {
  return {
    ...a,
    pods: [...a.pods, ...b.pods],
    events: [...a.events, ...b.events],
    secrets: [...a.secrets, ...b.secrets],
    secretsNotRead: { ...a.secretsNotRead, ...b.secretsNotRead },
    serviceAccounts: [...a.serviceAccounts, ...b.serviceAccounts],
    nodes: [
      ...a.nodes,
      ...b.nodes.filter(({ metadata }) => !a.nodes.some((node) => node.metadata?.name === metadata?.name)),
    ],
    nodesMissing: [...new Set([...(a.nodesMissing ?? []), ...(b.nodesMissing ?? [])])],
    workloads: [...a.workloads, ...b.workloads],
    namespaces: [...a.namespaces, ...b.namespaces],
    gaps: [...a.gaps, ...b.gaps],
  };
}
