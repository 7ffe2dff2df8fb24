import type { Cause } from '../cause.ts';
import { runtimeSays } from '../support/evidence.ts';
import { askFromNode, lasting, now } from '../support/fixes.ts';
import { isToRegistry, networkFault } from '../support/network-fault.ts';
import { ONLY_SOME_NODES } from '../support/node-spread.ts';
import { failingHost, hostSubject, registryOf } from '../support/subjects.ts';

/** TCP connection refused by the registry: nothing listens there. */
export const connectionRefused: Cause = {
  id: 'connection-refused',
  title: 'Registry refuses connections',
  family: 'registry-connection',
  details: [ONLY_SOME_NODES],
  specificity: 60,
  supersedes: [],
  healsByWaiting: 'yes',
  docs: 'docs/causes/connection-refused.md',
  subject: hostSubject,

  match(failure) {
    const { error } = failure;
    if (networkFault(error) !== 'refused' || !isToRegistry(error)) return undefined;
    return { confidence: 'likely', evidence: [runtimeSays(failure)] };
  },

  phrase: (failure) => {
    const { family, name } = registryOf(failure);
    return `${family === 'other' ? 'the registry' : name} refuses connections`;
  },

  fixes: (failure) => [
    now(
      'ask-from-node',
      'Ask from the node: is the port right, does the registry run?',
      askFromNode(failure, failingHost(failure)),
    ),
    lasting('registry-health', 'Probe the registry from the cluster, and alert on it before pods do'),
  ],
};
