import type { PeerFact } from '../pull-failure.ts';
import type { JudgedContainer } from './judge-container.ts';
import { canonicalImage } from './same-image.ts';

/** Tells for each container how the same image fares on the other pods of the snapshot. */
export function createPeerReader(all: readonly JudgedContainer[]): (judged: JudgedContainer) => PeerFact | undefined {
  const byImage = new Map<string, JudgedContainer[]>();
  for (const judged of all) {
    if (judged.image === undefined || !isTelling(judged)) continue;
    const key = canonicalImage(judged.image);
    const group = byImage.get(key);
    if (group === undefined) byImage.set(key, [judged]);
    else group.push(judged);
  }

  return (judged) => {
    if (judged.image === undefined) return undefined;
    const peers = (byImage.get(canonicalImage(judged.image)) ?? []).filter(({ pod }) => pod !== judged.pod);
    const running = peers.filter(({ state }) => state === 'running');
    const failing = peers.filter(({ state }) => state !== 'running');
    return {
      runningPods: countPods(running),
      runningNodes: nodesOf(running),
      failingPods: countPods(failing),
      failingNodes: nodesOf(failing),
    };
  };
}

/** One that waits or ended says nothing of its image. */
function isTelling({ state }: JudgedContainer): boolean {
  return state === 'running' || state === 'failing' || state === 'stalled';
}

function countPods(containers: readonly JudgedContainer[]): number {
  return new Set(containers.map(({ pod }) => pod)).size;
}

function nodesOf(containers: readonly JudgedContainer[]): readonly string[] {
  const nodes = containers.map(({ pod }) => pod.spec?.nodeName ?? '').filter((name) => name !== '');
  return [...new Set(nodes)].sort();
}
