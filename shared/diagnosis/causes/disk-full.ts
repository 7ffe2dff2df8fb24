import type { PullFailure } from '../../domain/pull-failure.ts';
import { shellCommand } from '../../domain/shell.ts';
import type { Cause } from '../cause.ts';
import { fact, moment, runtimeSays } from '../support/evidence.ts';
import { lasting, now } from '../support/fixes.ts';
import { ONLY_SOME_NODES } from '../support/node-spread.ts';
import { nodeSubject } from '../support/subjects.ts';
import { says } from '../support/words.ts';

/** No space left on the device of the node. */
export const diskFull: Cause = {
  id: 'disk-full',
  title: 'Disk of the node is full',
  family: 'node-disk',
  details: [ONLY_SOME_NODES],
  specificity: 86,
  supersedes: [],
  healsByWaiting: 'no',
  docs: 'docs/causes/disk-full.md',
  subject: nodeSubject,

  match(failure) {
    const { error, node } = failure;
    const isSaid = says(
      error,
      'no space left',
      'not enough free space',
      'insufficient disk',
      'out of disk space',
      'out of data space',
      'DiskPressure',
      'over the high threshold',
      'disk quota exceeded',
      'not enough space on the disk',
      'insufficient space',
      'ENOSPC',
      'Thin Pool has',
      'garbage collect required amount',
      'low on resource: ephemeral-storage',
      'low on resource: imagefs',
      'low on resource: nodefs',
    );
    const pressure =
      node?.hasDiskPressure === true
        ? [
            fact(
              `node ${node.name} reports DiskPressure${node.diskPressureSince === undefined ? '' : ` since ${moment(node.diskPressureSince)}`}`,
              'node status',
              node.diskPressureSince,
            ),
          ]
        : [];
    if (!isSaid) {
      const isSilent = error.text === '' && failure.state === 'failing';
      return pressure.length > 0 && isSilent ? { confidence: 'possible', evidence: pressure } : undefined;
    }
    return { confidence: pressure.length > 0 ? 'certain' : 'likely', evidence: [runtimeSays(failure), ...pressure] };
  },

  phrase: () => 'disk full on the node',

  fixes: (failure) => [
    now('free-space', 'On the node: remove images that nothing uses', 'crictl rmi --prune'),
    now('drain', 'Or move the work away and replace the node', ...[drain(failure)]),
    lasting(
      'disk-size',
      'Larger disks for images, and imageGCHighThresholdPercent of the kubelet below the eviction threshold',
    ),
  ],
};

function drain({ node, pod }: PullFailure): string | undefined {
  const name = node?.name ?? pod?.nodeName;
  return name === undefined
    ? undefined
    : shellCommand`kubectl drain ${name} --ignore-daemonsets --delete-emptydir-data`;
}
