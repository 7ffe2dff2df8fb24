import { indexSnapshot, namespaceOf, type SnapshotIndex } from '../find-pull-failures/index-snapshot.ts';
import { type JudgedContainer, judgeContainers } from '../find-pull-failures/judge-container.ts';
import { findTopOwner } from '../find-pull-failures/owner.ts';
import type { Workload } from '../kubernetes.ts';
import type { ClusterSnapshot } from '../snapshot.ts';
import { memberKey } from './member-key.ts';

/** A snapshot in which every container can be found by the key of its member. */
export interface World {
  readonly index: SnapshotIndex;
  /** Containers of pods that are not about to be deleted. */
  containersOf(key: string): readonly JudgedContainer[];
  /** The object as it was read, with its generation, which the index leaves out. */
  workload(namespace: string, kind: string, name: string): Workload | undefined;
}

export function buildWorld(snapshot: ClusterSnapshot): World {
  const index = indexSnapshot(snapshot);
  const byKey = new Map<string, JudgedContainer[]>();
  for (const pod of index.snapshot.pods) {
    if (pod.metadata?.deletionTimestamp !== undefined) continue;
    const owner = findTopOwner(pod, index);
    for (const judged of judgeContainers(pod, index)) {
      const key = memberKey(namespaceOf(pod), owner, judged.container.name);
      const known = byKey.get(key);
      if (known === undefined) byKey.set(key, [judged]);
      else known.push(judged);
    }
  }
  const workloads = new Map(
    snapshot.workloads.map((one) => [`${namespaceOf(one)}/${one.kind}/${one.metadata?.name}`, one] as const),
  );
  return {
    index,
    containersOf: (key) => byKey.get(key) ?? [],
    workload: (namespace, kind, name) => workloads.get(`${namespace}/${kind}/${name}`),
  };
}
