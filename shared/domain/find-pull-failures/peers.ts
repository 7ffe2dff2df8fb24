import type { Pod } from '../kubernetes.ts';
import type { PeerFact } from '../pull-failure.ts';
import type { JudgedContainer } from './judge-container.ts';
import { canonicalImage } from './same-image.ts';

/** Pods with one image, and how many of them are on each node. */
interface Group {
  readonly pods: Set<Pod>;
  readonly perNode: Map<string, number>;
}

/**
 * Tells for each container how the same image fares on the other pods of the snapshot. Groups are counted once: a
 * thousand failing pods of one image must not be a million comparisons.
 */
export function createPeerReader(all: readonly JudgedContainer[]): (judged: JudgedContainer) => PeerFact | undefined {
  const running = new Map<string, Group>();
  const failing = new Map<string, Group>();
  for (const { image, state, pod } of all) {
    // One that waits or ended says nothing of its image.
    if (image === undefined || state === 'waiting' || state === 'done') continue;
    addTo(state === 'running' ? running : failing, canonicalImage(image), pod);
  }

  return ({ image, pod }) => {
    if (image === undefined) return undefined;
    const key = canonicalImage(image);
    const runs = without(pod, running.get(key));
    const fails = without(pod, failing.get(key));
    return {
      runningPods: runs.count,
      runningNodes: runs.nodes,
      failingPods: fails.count,
      failingNodes: fails.nodes,
    };
  };
}

function addTo(groups: Map<string, Group>, key: string, pod: Pod): void {
  const group = groups.get(key) ?? { pods: new Set(), perNode: new Map() };
  groups.set(key, group);
  if (group.pods.has(pod)) return;
  group.pods.add(pod);
  const node = pod.spec?.nodeName ?? '';
  if (node !== '') group.perNode.set(node, (group.perNode.get(node) ?? 0) + 1);
}

function without(pod: Pod, group: Group | undefined): { readonly count: number; readonly nodes: readonly string[] } {
  if (group === undefined) return { count: 0, nodes: [] };
  const isIn = group.pods.has(pod);
  const isAlone = (node: string) => isIn && node === pod.spec?.nodeName && group.perNode.get(node) === 1;
  return {
    count: group.pods.size - (isIn ? 1 : 0),
    nodes: [...group.perNode.keys()].filter((node) => !isAlone(node)).sort(),
  };
}
