import { oncePer } from '../diagnosis/support/once-per.ts';
import type { ImageUse } from './inventory.ts';
import type { PreflightNode } from './objects.ts';

/**
 * Platforms that an image must have: those of the nodes that its pods may run on. Where no node is known, what the
 * workload itself names, else what was asked for.
 */
export function neededPlatforms(
  { spec }: ImageUse,
  eligible: readonly PreflightNode[] | undefined,
  asked: readonly string[],
): readonly string[] {
  const byNodes = eligible === undefined ? [] : platformsOf(eligible);
  if (byNodes.length > 0) return [...new Set([...byNodes, ...asked])].sort();
  const { 'kubernetes.io/arch': architecture, 'kubernetes.io/os': os = 'linux' } = spec.nodeSelector ?? {};
  if (architecture !== undefined) return [`${os}/${architecture}`];
  return [...asked];
}

/** Lists of nodes are shared by many uses. */
const platformsOf = oncePer((nodes: readonly PreflightNode[]): readonly string[] => [
  ...new Set(
    nodes.flatMap(({ os = 'linux', architecture }) => (architecture === undefined ? [] : [`${os}/${architecture}`])),
  ),
]);

/** Those of them on which no pod shows that the image has them, so that only the registry can tell. */
export function unprovenPlatforms(
  use: ImageUse,
  needed: readonly string[],
  platformOfNode: ReadonlyMap<string, string>,
): readonly string[] {
  const proven = new Set(
    use.running.flatMap(({ node, startedAt }) =>
      // What ran there was of that platform; a tag may have moved since, which is another finding.
      node === undefined || startedAt === undefined ? [] : (platformOfNode.get(node) ?? []),
    ),
  );
  return needed.filter((platform) => !proven.has(platform));
}
