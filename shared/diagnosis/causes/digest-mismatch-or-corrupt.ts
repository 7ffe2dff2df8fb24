import type { PullFailure } from '../../domain/pull-failure.ts';
import { shellCommand } from '../../domain/shell.ts';
import type { Cause } from '../cause.ts';
import { runtimeSays } from '../support/evidence.ts';
import { lasting, now, restartPod } from '../support/fixes.ts';
import { imageSubject } from '../support/subjects.ts';
import { shortImage } from '../support/text.ts';
import { says } from '../support/words.ts';

/** Content does not match its digest or size, or the content store of the node is broken. */
export const digestMismatchOrCorrupt: Cause = {
  id: 'digest-mismatch-or-corrupt',
  title: 'Downloaded content does not match its digest',
  family: 'image-content',
  details: [],
  specificity: 62,
  supersedes: [],
  healsByWaiting: 'perhaps',
  docs: 'docs/causes/digest-mismatch-or-corrupt.md',
  subject: imageSubject,

  match(failure) {
    const { error } = failure;
    const isMismatch = says(
      error,
      'unexpected commit digest',
      'unexpected commit size',
      'verification failed for digest',
      'crc32 mismatch',
      'failed size validation',
      'filesystem layer verification failed',
      'does not match digest',
      'did not match expected digest',
      'digest mismatch',
      'digest did not match',
      'invalid checksum',
      'checksum mismatch',
      'corrupt input',
      'reports content size of zero',
      'failed to get reader from content store',
      'digest verification failed',
      'unexpected blob size',
      'mismatched image rootfs',
      'size mismatch',
      'wrong diff id',
      "layers from manifest don't match",
      'does not match expected digest',
      'unexpected size',
      'content digest',
    );
    if (!isMismatch) return undefined;
    return { confidence: 'likely', evidence: [runtimeSays(failure)] };
  },

  phrase: (failure) => `content of ${shortImage(failure, 30)} does not match its digest`,

  fixes: (failure) => [
    now(
      'other-node',
      'Try another node: if it pulls there, this node or its mirror holds broken content',
      restartPod(failure),
    ),
    now('drop-content', 'On the node: remove the image and its content, then let it pull again', removeOnNode(failure)),
    lasting('check-path', 'Look for a cache or proxy between that cuts or changes answers'),
  ],
};

function removeOnNode({ imageText }: PullFailure): string | undefined {
  return imageText === undefined ? undefined : shellCommand`crictl rmi ${imageText}`;
}
