import type { Cause } from '../cause.ts';
import { runtimeSays } from '../support/evidence.ts';
import { describeNode, lasting, now, restartPod } from '../support/fixes.ts';
import { networkFault } from '../support/network-fault.ts';
import { imageSubject } from '../support/subjects.ts';
import { shortImage } from '../support/text.ts';
import { says } from '../support/words.ts';

/** The pull was cancelled and the text does not say by what. */
export const pullCancelled: Cause = {
  id: 'pull-cancelled',
  title: 'Pull was cancelled',
  family: 'pull-duration',
  details: [],
  specificity: 46,
  supersedes: ['unpack-failure'],
  healsByWaiting: 'yes',
  docs: 'docs/causes/pull-cancelled.md',
  subject: imageSubject,

  match(failure) {
    const { error } = failure;
    if (networkFault(error) !== undefined || error.peer === 'resolver' || error.peer === 'proxy') return undefined;
    const isSaid = says(
      error,
      'context canceled',
      'context cancelled',
      'request canceled',
      'request cancelled',
      'operation was canceled',
      'client connection is closing',
    );
    if (!isSaid && (error.rpcCode !== 'Canceled' || error.text !== '')) return undefined;
    return { confidence: 'likely', evidence: [runtimeSays(failure)] };
  },

  phrase: (failure) => `pulling ${shortImage(failure, 34)} was cancelled on the node`,

  fixes: (failure) => [
    now('wait', 'The kubelet tries again by itself', restartPod(failure)),
    now(
      'look-at-node',
      'If it repeats: was the runtime restarted, or did the pull make no progress?',
      describeNode(failure),
    ),
    lasting('deadline', "Raise containerd's image_pull_progress_timeout where large layers meet slow disks"),
  ],
};
