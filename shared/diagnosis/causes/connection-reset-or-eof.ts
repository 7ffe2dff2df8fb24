import type { Cause } from '../cause.ts';
import { runtimeSays } from '../support/evidence.ts';
import { askFromNode, lasting, now, restartPod } from '../support/fixes.ts';
import { isToRegistry, networkFault } from '../support/network-fault.ts';
import { ONLY_SOME_NODES } from '../support/node-spread.ts';
import { failingHost, hostSubject, registryOf } from '../support/subjects.ts';
import { says } from '../support/words.ts';

/** The connection broke in the middle: reset by peer, EOF, a truncated answer. */
export const connectionResetOrEof: Cause = {
  id: 'connection-reset-or-eof',
  title: 'Connection to the registry breaks off',
  family: 'registry-connection',
  details: [ONLY_SOME_NODES],
  specificity: 56,
  supersedes: [],
  healsByWaiting: 'yes',
  docs: 'docs/causes/connection-reset-or-eof.md',
  subject: hostSubject,

  match(failure) {
    const { error } = failure;
    if (networkFault(error) !== 'reset' || !isToRegistry(error)) return undefined;
    // containers-image reconnects, and tells the status of that after the break.
    if (error.httpStatus !== undefined && !says(error, 'unexpected EOF', 'reset by peer')) return undefined;
    return { confidence: 'likely', evidence: [runtimeSays(failure)] };
  },

  phrase: (failure) => {
    const { family, name } = registryOf(failure);
    return `${family === 'other' ? 'the registry' : name} breaks connections off`;
  },

  fixes: (failure) => [
    now('wait', 'Waiting heals most: the kubelet tries again', restartPod(failure)),
    now(
      'ask-from-node',
      'If it stays: ask from the node, and look at proxies, MTU and idle time-outs between',
      askFromNode(failure, failingHost(failure)),
    ),
    lasting('cache', 'Pull through a cache near the nodes, and keep layers small'),
  ],
};
