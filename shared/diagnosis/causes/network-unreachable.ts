import type { Cause } from '../cause.ts';
import { runtimeSays } from '../support/evidence.ts';
import { askFromNode, lasting, now } from '../support/fixes.ts';
import { isToRegistry, networkFault } from '../support/network-fault.ts';
import { ONLY_SOME_NODES } from '../support/node-spread.ts';
import { failingHost, hostSubject, registryOf } from '../support/subjects.ts';

/** The node has no route to the registry: only the texts that say so. */
export const networkUnreachable: Cause = {
  id: 'network-unreachable',
  title: 'No route to the registry',
  family: 'registry-connection',
  details: [ONLY_SOME_NODES],
  specificity: 62,
  supersedes: [],
  healsByWaiting: 'yes',
  docs: 'docs/causes/network-unreachable.md',
  subject: hostSubject,

  match(failure) {
    const { error } = failure;
    if (networkFault(error) !== 'unreachable' || !isToRegistry(error)) return undefined;
    return { confidence: 'likely', evidence: [runtimeSays(failure)] };
  },

  phrase: (failure) => {
    const { family, name } = registryOf(failure);
    return `${family === 'other' ? 'the registry' : name} is unreachable: no network route`;
  },

  fixes: (failure) => [
    now(
      'ask-from-node',
      'Ask from the node: its route table, default gateway and IPv6 decide here',
      askFromNode(failure, failingHost(failure)),
    ),
    lasting('routes', 'Let the node image check its default route before the kubelet becomes ready'),
  ],
};
