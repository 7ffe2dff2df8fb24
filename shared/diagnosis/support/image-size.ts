import type { Evidence } from '../../domain/finding.ts';
import type { PullFailure } from '../../domain/pull-failure.ts';
import { fact, named } from './evidence.ts';

/** `4.2 GB`, decimal as registries and runtimes count. */
export function bytes(count: number): string {
  if (count >= 1e9) return `${(count / 1e9).toFixed(1)} GB`;
  return count >= 1e6 ? `${Math.round(count / 1e6)} MB` : `${Math.round(count / 1e3)} kB`;
}

/** How large the image is, where a node that has it lists its size. */
export function imageSize({ peers, node, observedAt }: PullFailure): Evidence | undefined {
  const nodes = [...(peers?.nodes ?? []), ...(node === undefined ? [] : [node])];
  const listed = nodes.find(({ imageBytes }) => imageBytes !== undefined && imageBytes > 0);
  if (listed?.imageBytes === undefined) return undefined;
  return fact(`the image has ${bytes(listed.imageBytes)} on node ${named(listed.name)}`, 'node status', observedAt);
}
