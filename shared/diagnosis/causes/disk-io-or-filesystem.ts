import type { PullFailure } from '../../domain/pull-failure.ts';
import { shellCommand } from '../../domain/shell.ts';
import type { Cause } from '../cause.ts';
import { runtimeSays } from '../support/evidence.ts';
import { describeNode, lasting, now } from '../support/fixes.ts';
import { ONLY_SOME_NODES } from '../support/node-spread.ts';
import { nodeSubject } from '../support/subjects.ts';
import { says, wordsOf } from '../support/words.ts';

/** What Windows says of a file (winerror.h 2, 3, 5 and 32). */
const ON_WINDOWS = [
  'cannot find the file specified',
  'cannot find the path specified',
  'Access is denied',
  'being used by another process',
];

/** The node's file system fails: read-only, I/O error, busy mount, lost snapshot. */
export const diskIoOrFilesystem: Cause = {
  id: 'disk-io-or-filesystem',
  title: 'File system of the node fails',
  family: 'node-disk',
  details: [ONLY_SOME_NODES],
  specificity: 64,
  supersedes: [],
  healsByWaiting: 'no',
  docs: 'docs/causes/disk-io-or-filesystem.md',
  subject: nodeSubject,

  match(failure) {
    const { error } = failure;
    if (
      error.peer === 'runtime' ||
      says(
        error,
        'no space left',
        'credential provider',
        'hosts.toml',
        'policy.json',
        'lchown',
        'xattr',
        'context canceled',
      )
    ) {
      return undefined;
    }
    const isSaid = says(
      error,
      'read-only file system',
      'input/output error',
      'device or resource busy',
      'directory not empty',
      'structure needs cleaning',
      'stale file handle',
      'stale NFS',
      'resume write',
      'parent snapshot',
      'missing parent',
      'too many open files',
      'failed to stat parent',
      'transport endpoint is not connected',
      'readlink /',
      'failed to mount',
      'failed to unmount',
      'file name too long',
      'text file busy',
      'layer does not exist',
      'layer not known',
      'image not known',
      'does not resolve to an image ID',
      'locked for',
      'failed to open database',
      'operation not permitted: mkdir',
      'too many links',
      'too many levels of symbolic links',
      'creating overlay mount',
      'wrong fs type',
      'i/o error',
      'cannot allocate memory',
    );
    const isLocalPath =
      /(?:\/var\/|\/docker|containerd|overlay|snapshots|\/tmp\/|c:\\)/i.test(error.text) ||
      /(?:^|[\s:(])(?:open|mkdir|stat|lstat|write|read|rename|remove|unlink|symlink|link|chmod|mount|readlink|truncate|sync) (?:\/|[a-z]:\\)/i.test(
        error.text,
      );
    // hcsshim prints the same words for a layer that this Windows cannot apply.
    const isOfLayers = says(error, 'hcsshim', 'ProcessBaseLayer', 'ProcessUtilityVMImage');
    const isPath =
      isLocalPath &&
      !says(error, 'mount callback failed') &&
      says(
        error,
        'no such file or directory',
        'permission denied',
        'file exists',
        'invalid argument',
        ...(isOfLayers ? [] : ON_WINDOWS),
      );
    const isSnapshotLost =
      error.stage !== 'resolve' &&
      /(?<![-.])snapshot(?:sha256|[0-9a-f]{8}|\d|doesnot|:?notfound|:?already)\S{0,100}(?:doesnotexist|notfound|alreadyexists)|(?<![-.])snapshot(?:doesnotexist|:?notfound|:?alreadyexists)/.test(
        wordsOf(error),
      );
    const isDriver = /driver(?:devicemapper|overlay2?|aufs|btrfs|zfs|vfs)failed/.test(wordsOf(error));
    if (!isSaid && !isDriver && !isPath && !isSnapshotLost) return undefined;
    return { confidence: 'likely', evidence: [runtimeSays(failure)] };
  },

  phrase: () => 'the file system of the node fails while it stores the image',

  fixes: (failure) => [
    now('look-at-node', "Look at the node's kernel log and mounts", describeNode(failure)),
    now(
      'replace-node',
      'Move the work away and replace the node; repairing a runtime store by hand rarely lasts',
      cordon(failure),
    ),
    lasting('watch-disks', 'Run node-problem-detector, and alert on read-only file systems'),
  ],
};

function cordon({ node, pod }: PullFailure): string | undefined {
  const name = node?.name ?? pod?.nodeName;
  return name === undefined ? undefined : shellCommand`kubectl cordon ${name}`;
}
