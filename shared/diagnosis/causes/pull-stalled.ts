import type { Cause } from '../cause.ts';
import { duration, fact, moment } from '../support/evidence.ts';
import { askFromNode, lasting, now, restartPod } from '../support/fixes.ts';
import { imageSize } from '../support/image-size.ts';
import { ONLY_SOME_NODES } from '../support/node-spread.ts';
import { failingHost, imageSubject } from '../support/subjects.ts';
import { shortImage } from '../support/text.ts';

/** Still pulling after 10 minutes, with no error and no progress to be seen. */
export const pullStalled: Cause = {
  id: 'pull-stalled',
  title: 'Pull is stalled',
  family: 'pull-duration',
  details: [ONLY_SOME_NODES],
  specificity: 70,
  supersedes: [],
  healsByWaiting: 'perhaps',
  docs: 'docs/causes/pull-stalled.md',
  subject: imageSubject,

  match(failure) {
    if (failure.state !== 'stalled') return undefined;
    const pulling = failure.events.filter(({ reason }) => reason === 'Pulling').at(-1);
    const since = pulling?.firstAt ?? pulling?.lastAt ?? failure.firstFailedAt;
    const how =
      since === undefined
        ? 'for 10 minutes or more'
        : `for ${duration(failure.observedAt - since)}, since ${moment(since)}`;
    const evidence = [fact(`the kubelet has been pulling ${how}, without an end or an error`, 'event Pulling', since)];
    if (failure.peers !== undefined && failure.peers.runningPods > 0) {
      evidence.push(fact(`${failure.peers.runningPods} other pods run this image`, 'pods', failure.observedAt));
    }
    const size = imageSize(failure);
    if (size !== undefined) evidence.push(size);
    return { confidence: 'likely', evidence };
  },

  phrase: (failure) => `pulling ${shortImage(failure, 42)} stalls, without an error`,

  fixes: (failure) => [
    now('new-pod', 'Start the pull anew, on another node if it stalls again', restartPod(failure)),
    now(
      'ask-from-node',
      'Ask from the node whether the registry sends data',
      askFromNode(failure, failingHost(failure)),
    ),
    lasting(
      'progress-timeout',
      "Set containerd's image_pull_progress_timeout, so that a dead download becomes an error",
    ),
  ],
};
