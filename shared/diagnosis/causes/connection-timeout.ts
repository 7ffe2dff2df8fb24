import type { Cause } from '../cause.ts';
import { runtimeSays } from '../support/evidence.ts';
import { askFromNode, lasting, now } from '../support/fixes.ts';
import { isToRegistry, networkFault } from '../support/network-fault.ts';
import { failingHost, hostSubject, registryOf } from '../support/subjects.ts';

/** No answer in time: dial, TLS handshake or response headers. */
export const connectionTimeout: Cause = {
  id: 'connection-timeout',
  title: 'Registry does not answer in time',
  family: 'registry-connection',
  details: [],
  specificity: 60,
  supersedes: [],
  healsByWaiting: 'yes',
  docs: 'docs/causes/connection-timeout.md',
  subject: hostSubject,

  match(failure) {
    const { error } = failure;
    // An answer with a status came in time; the time-out is then somebody else's.
    if (networkFault(error) !== 'timeout' || !isToRegistry(error) || error.httpStatus !== undefined) return undefined;
    return { confidence: 'likely', evidence: [runtimeSays(failure)] };
  },

  phrase: (failure) => {
    const { family, name } = registryOf(failure);
    return `${family === 'other' ? 'the registry' : name} does not answer in time`;
  },

  fixes: (failure) => [
    now(
      'ask-from-node',
      'Ask from the node: routes, security groups, NAT, firewall and proxy settings decide here',
      askFromNode(failure, failingHost(failure)),
    ),
    lasting('endpoint', 'Give nodes a short path: a VPC endpoint for ECR and S3, or a cache in the same network'),
  ],
};
