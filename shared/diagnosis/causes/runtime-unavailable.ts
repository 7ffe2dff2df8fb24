import type { Cause } from '../cause.ts';
import { runtimeSays } from '../support/evidence.ts';
import { describeNode, lasting, now } from '../support/fixes.ts';
import { ONLY_SOME_NODES } from '../support/node-spread.ts';
import { nodeSubject } from '../support/subjects.ts';
import { says, wordsOf } from '../support/words.ts';

/** The container runtime or its CRI socket does not answer. */
export const runtimeUnavailable: Cause = {
  id: 'runtime-unavailable',
  title: 'Container runtime does not answer',
  family: 'node-runtime',
  details: [ONLY_SOME_NODES],
  specificity: 88,
  supersedes: [],
  healsByWaiting: 'yes',
  docs: 'docs/causes/runtime-unavailable.md',
  subject: nodeSubject,

  match(failure) {
    const { error } = failure;
    const isSaid =
      error.peer === 'runtime' ||
      // Where more follows, that says why.
      /runtimeservicefailed$/.test(wordsOf(error)) ||
      says(
        error,
        'Cannot connect to the Docker daemon',
        'Is the docker daemon running',
        'docker daemon is not running',
        'received message larger than max',
        'all SubConns are in TransientFailure',
        'transport is closing',
        'container runtime is down',
        'error reading from server',
        'connection to the runtime',
        'connection closed before server preface',
        'container runtime is not running',
        'server is not initialized yet',
        'runtime is not ready',
      );
    const isByCode =
      error.rpcCode === 'Unavailable' &&
      !says(error, 'locked') &&
      error.url === undefined &&
      error.httpStatus === undefined;
    if (!isSaid && !isByCode) return undefined;
    return { confidence: 'likely', evidence: [runtimeSays(failure)] };
  },

  phrase: () => 'the container runtime on the node does not answer',

  fixes: (failure) => [
    now(
      'restart-runtime',
      'On the node: restart the runtime and read why it stopped',
      'systemctl restart containerd && journalctl -u containerd -n 50',
    ),
    now('look-at-node', "Look at the node's conditions", describeNode(failure)),
    lasting('replace-node', 'Let node auto-repair replace nodes whose runtime is down'),
  ],
};
