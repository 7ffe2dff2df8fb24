import type { Cause } from '../cause.ts';
import { runtimeSays } from '../support/evidence.ts';
import { describeNode, lasting, now } from '../support/fixes.ts';
import { nodeSubject } from '../support/subjects.ts';
import { says } from '../support/words.ts';

/** The kubelet limits itself: registryPullQPS. */
export const pullQpsExceeded: Cause = {
  id: 'pull-qps-exceeded',
  title: 'Kubelet pull limit exceeded',
  family: 'node-kubelet',
  details: [],
  specificity: 94,
  supersedes: [],
  healsByWaiting: 'yes',
  docs: 'docs/causes/pull-qps-exceeded.md',
  subject: nodeSubject,

  match(failure) {
    if (!says(failure.error, 'pull QPS exceeded')) return undefined;
    return { confidence: 'likely', evidence: [runtimeSays(failure)] };
  },

  phrase: () => 'the kubelet starts too many pulls at once (QPS limit)',

  fixes: (failure) => [
    now('wait', 'Waiting heals it: the kubelet tries again as soon as its limit allows', describeNode(failure)),
    lasting(
      'raise-qps',
      'Raise registryPullQPS and registryBurst of the kubelet, or start fewer pods at once on a new node',
    ),
  ],
};
