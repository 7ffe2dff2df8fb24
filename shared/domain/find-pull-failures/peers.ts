import type { Pod } from '../kubernetes.ts';
import type { NodeFact, PeerFact } from '../pull-failure.ts';
import type { SnapshotIndex } from './index-snapshot.ts';
import type { JudgedContainer } from './judge-container.ts';
import { describeNode } from './node-fact.ts';
import { canonicalImage } from './same-image.ts';

/** Nodes of one image that are described; what more of them have in common would be no other story. */
const MOST_NODES = 50;
/** Digests that running pods report for one image: more would say nothing more. */
const MOST_DIGESTS = 5;

/** Pods with one image, and how many of them are on each node. */
interface Group {
  readonly pods: Set<Pod>;
  readonly perNode: Map<string, number>;
  readonly digests: Set<string>;
}

/**
 * Tells for each container how the same image fares on the other pods of the snapshot. Groups are counted once: a
 * thousand failing pods of one image must not be a million comparisons.
 */
export function createPeerReader(
  all: readonly JudgedContainer[],
  index: SnapshotIndex,
): (judged: JudgedContainer) => PeerFact | undefined {
  const running = new Map<string, Group>();
  const failing = new Map<string, Group>();
  for (const { image, state, pod, container } of all) {
    // One that waits or ended says nothing of its image.
    if (image === undefined || state === 'waiting' || state === 'done') continue;
    const group = addTo(state === 'running' ? running : failing, canonicalImage(image), pod);
    const digest = state === 'running' ? readDigest(pod, container.name) : undefined;
    if (digest !== undefined && group.digests.size < MOST_DIGESTS) group.digests.add(digest);
  }
  const described = new Map<string, readonly NodeFact[]>();
  const nodesOf = (key: string): readonly NodeFact[] => {
    const known = described.get(key);
    if (known !== undefined) return known;
    const names = [running.get(key), failing.get(key)].flatMap((group) => [...(group?.perNode.keys() ?? [])]);
    const nodes = [...new Set(names)]
      .map((name) => describeNode(name, key, index))
      .filter((node) => node !== undefined)
      .filter(({ isFound }) => isFound)
      .slice(0, MOST_NODES);
    described.set(key, nodes);
    return nodes;
  };

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
      nodes: nodesOf(key),
      runningDigests: [...(running.get(key)?.digests ?? [])],
    };
  };
}

function addTo(groups: Map<string, Group>, key: string, pod: Pod): Group {
  const group = groups.get(key) ?? { pods: new Set(), perNode: new Map(), digests: new Set() };
  groups.set(key, group);
  if (group.pods.has(pod)) return group;
  group.pods.add(pod);
  const node = pod.spec?.nodeName ?? '';
  if (node !== '') group.perNode.set(node, (group.perNode.get(node) ?? 0) + 1);
  return group;
}

/** The digest in `imageID`, where it names a repository: an image id alone is of the node's own store. */
function readDigest({ status }: Pod, container: string): string | undefined {
  const statuses = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])];
  const imageId = statuses.find(({ name }) => name === container)?.imageID;
  return imageId === undefined ? undefined : /@(sha256:[0-9a-f]{64})$/.exec(imageId)?.[1];
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
