import type { Cause } from '../cause.ts';
import { runtimeSays } from '../support/evidence.ts';
import { lasting, now, restartPod } from '../support/fixes.ts';
import { networkFault } from '../support/network-fault.ts';
import { imageSubject } from '../support/subjects.ts';
import { shortImage } from '../support/text.ts';
import { says } from '../support/words.ts';

/** The pull took longer than the runtime or the kubelet allows. */
export const pullDeadlineExceeded: Cause = {
  id: 'pull-deadline-exceeded',
  title: 'Pull took too long',
  family: 'pull-duration',
  details: [],
  specificity: 44,
  supersedes: [],
  healsByWaiting: 'yes',
  docs: 'docs/causes/pull-deadline-exceeded.md',
  subject: imageSubject,

  match(failure) {
    const { error } = failure;
    if (
      networkFault(error) !== undefined ||
      error.peer === 'resolver' ||
      error.peer === 'proxy' ||
      error.peer === 'runtime'
    )
      return undefined;
    const isSaid = says(
      error,
      'context deadline exceeded',
      'pull deadline',
      'no progress',
      'progress deadline',
      'progress timeout',
      'exceeded the deadline',
      'timed out',
    );
    const isByCode = error.rpcCode === 'DeadlineExceeded' && error.httpStatus === undefined;
    if (isSaid || isByCode) return { confidence: 'likely', evidence: [runtimeSays(failure)] };
    // containerd cancels a pull without progress, and says only that it was cancelled.
    return says(error, 'context canceled') ? { confidence: 'possible', evidence: [runtimeSays(failure)] } : undefined;
  },

  phrase: (failure) => `pulling ${shortImage(failure, 38)} takes longer than allowed`,

  fixes: (failure) => [
    now('wait', 'The next try goes on with the layers that are already there', restartPod(failure)),
    lasting(
      'deadline',
      "Raise containerd's image_pull_progress_timeout, or make the image smaller or the registry nearer",
    ),
  ],
};
