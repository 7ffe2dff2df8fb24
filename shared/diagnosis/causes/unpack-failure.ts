import type { Cause } from '../cause.ts';
import { runtimeSays } from '../support/evidence.ts';
import { describeNode, lasting, now, restartPod } from '../support/fixes.ts';
import { networkFault } from '../support/network-fault.ts';
import { imageSubject } from '../support/subjects.ts';
import { shortImage } from '../support/text.ts';
import { says } from '../support/words.ts';

/** The download is complete, a layer cannot be applied. */
export const unpackFailure: Cause = {
  id: 'unpack-failure',
  title: 'A layer cannot be unpacked',
  family: 'image-unpack',
  details: [],
  specificity: 48,
  supersedes: [],
  healsByWaiting: 'no',
  docs: 'docs/causes/unpack-failure.md',
  subject: imageSubject,

  match(failure) {
    const { error } = failure;
    const isSaid =
      error.stage === 'unpack' ||
      says(
        error,
        'invalid tar header',
        'lchown',
        'lsetxattr',
        'ApplyLayer',
        'failed to unpack',
        'applying layer',
        'unsupported mode',
        'insufficient UIDs or GIDs',
        'unable to apply layer',
        'potentially insufficient',
        'apply diff',
        'whiteout',
        'processing tar file',
        'adding layer with blob',
        'unpigz',
        'max depth exceeded',
        'hcsshim::ImportLayer',
        'ProcessBaseLayer',
        'ProcessUtilityVMImage',
        'hcsshim::PrepareLayer',
      );
    if (
      !isSaid ||
      networkFault(error) !== undefined ||
      says(error, 'no space left', 'unexpected media type', 'text/html')
    )
      return undefined;
    return { confidence: 'likely', evidence: [runtimeSays(failure)] };
  },

  phrase: (failure) => `a layer of ${shortImage(failure, 32)} cannot be unpacked`,

  fixes: (failure) => [
    now('other-node', 'Try another node: kernel, file system and user-namespace limits differ', restartPod(failure)),
    now(
      'look-at-node',
      "Look at the node's kernel, file system (xattr, overlay) and subuid ranges",
      describeNode(failure),
    ),
    lasting('rebuild', 'Rebuild the image with ids below 65536 and a current builder, if it fails on every node'),
  ],
};
