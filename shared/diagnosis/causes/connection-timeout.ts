import type { Fix } from '../../domain/finding.ts';
import type { PullFailure } from '../../domain/pull-failure.ts';
import type { Cause } from '../cause.ts';
import { fact, runtimeSays } from '../support/evidence.ts';
import { askFromNode, lasting, now } from '../support/fixes.ts';
import { isToRegistry, networkFault } from '../support/network-fault.ts';
import { ONLY_SOME_NODES } from '../support/node-spread.ts';
import { failingHost, hostSubject, registryOf } from '../support/subjects.ts';
import { checkEndpoint, ENDPOINT_HINTS, ENDPOINT_PHRASES, neededEndpoint } from '../support/vpc-endpoints.ts';

/** No answer in time: dial, TLS handshake or response headers. */
export const connectionTimeout: Cause = {
  id: 'connection-timeout',
  title: 'Registry does not answer in time',
  family: 'registry-connection',
  details: ['s3-endpoint', 'ecr-dkr-endpoint', ONLY_SOME_NODES],
  specificity: 60,
  supersedes: [],
  healsByWaiting: 'yes',
  docs: 'docs/causes/connection-timeout.md',
  subject: hostSubject,

  match(failure) {
    const { error } = failure;
    // An answer with a status came in time; the time-out is then somebody else's.
    if (networkFault(error) !== 'timeout' || !isToRegistry(error) || error.httpStatus !== undefined) return undefined;
    const endpoint = neededEndpoint(failure);
    if (endpoint === undefined) return { confidence: 'likely', evidence: [runtimeSays(failure)] };
    return {
      confidence: 'likely',
      detail: endpoint,
      evidence: [runtimeSays(failure), fact(ENDPOINT_HINTS[endpoint], 'what is known of registries')],
      phrase: ENDPOINT_PHRASES[endpoint],
    };
  },

  phrase: (failure) => {
    const { family, name } = registryOf(failure);
    return `${family === 'other' ? 'the registry' : name} does not answer in time`;
  },

  fixes: (failure) => [
    ...endpointFix(failure),
    now(
      'ask-from-node',
      'Ask from the node: routes, security groups, NAT, firewall and proxy settings decide here',
      askFromNode(failure, failingHost(failure)),
    ),
    lasting('endpoint', 'Give nodes a short path: a VPC endpoint for ECR and S3, or a cache in the same network'),
  ],
};

function endpointFix(failure: PullFailure): readonly Fix[] {
  const endpoint = neededEndpoint(failure);
  return endpoint === undefined ? [] : [checkEndpoint(failure, endpoint)];
}
