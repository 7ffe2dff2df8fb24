import { parseInstant } from '../instant.ts';
import type { Node } from '../kubernetes.ts';
import type { NodeFact } from '../pull-failure.ts';
import type { SnapshotIndex } from './index-snapshot.ts';
import { canonicalImage } from './same-image.ts';

/** The kubelet lists at most this many images in a node's status (`--node-status-max-images`). */
const MOST_IMAGES_LISTED = 50;

/** What nodes have in common: their zone, the group that made them, and their type. */
const GROUP_LABELS = [
  'topology.kubernetes.io/zone',
  'eks.amazonaws.com/nodegroup',
  'karpenter.sh/nodepool',
  'cloud.google.com/gke-nodepool',
  'kubernetes.azure.com/agentpool',
  'node.kubernetes.io/instance-type',
];

/**
 * @returns `undefined` where the pod has no node or nothing is known of it; `isFound: false` only where the API server
 *   says that it does not exist
 */
export function describeNode(
  name: string | undefined,
  image: string | undefined,
  index: SnapshotIndex,
): NodeFact | undefined {
  if (name === undefined) return undefined;
  const node = index.node(name);
  if (node === undefined) return index.snapshot.nodesMissing?.includes(name) ? missingNode(name) : undefined;
  const { status } = node;
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  const disk = status?.conditions?.find(({ type }) => type === 'DiskPressure');
  const hasDiskPressure = disk === undefined ? undefined : disk.status === 'True';
  return {
    name,
    isFound: true,
    createdAt: parseInstant(node.metadata?.creationTimestamp),
    architecture: status?.nodeInfo?.architecture,
    operatingSystem: status?.nodeInfo?.operatingSystem,
    kubeletVersion: status?.nodeInfo?.kubeletVersion,
    runtimeVersion: status?.nodeInfo?.containerRuntimeVersion,
    isReady: ready === undefined ? undefined : ready.status === 'True',
    hasDiskPressure,
    diskPressureSince: hasDiskPressure === true ? parseInstant(disk?.lastTransitionTime) : undefined,
    ...readImage(node, image),
    labels: Object.fromEntries(
      Object.entries(node.metadata?.labels ?? {}).filter(([label]) => GROUP_LABELS.includes(label)),
    ),
  };
}

function readImage(node: Node, image: string | undefined): Pick<NodeFact, 'hasImage' | 'imageBytes'> {
  const images = node.status?.images;
  if (image === undefined || images === undefined) return { hasImage: undefined };
  const wanted = canonicalImage(image);
  const found = images.find(({ names }) => names?.some((name) => canonicalImage(name) === wanted));
  if (found !== undefined) return { hasImage: true, imageBytes: found.sizeBytes };
  return { hasImage: images.length >= MOST_IMAGES_LISTED ? undefined : false };
}

function missingNode(name: string): NodeFact {
  return {
    name,
    isFound: false,
    createdAt: undefined,
    architecture: undefined,
    operatingSystem: undefined,
    kubeletVersion: undefined,
    runtimeVersion: undefined,
    isReady: undefined,
    hasDiskPressure: undefined,
    diskPressureSince: undefined,
    hasImage: undefined,
  };
}
