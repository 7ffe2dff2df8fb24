import type { Cause } from '../cause.ts';
import { fact, runtimeSays } from '../support/evidence.ts';
import { askFromNode, lasting, now } from '../support/fixes.ts';
import { networkFault } from '../support/network-fault.ts';
import { failingHost, hostSubject } from '../support/subjects.ts';
import { says } from '../support/words.ts';

/** The token endpoint could not be reached or answered 5xx. */
export const tokenServiceFailure: Cause = {
  id: 'token-service-failure',
  title: 'Token service of the registry fails',
  family: 'registry-outage',
  details: [],
  specificity: 68,
  supersedes: [],
  healsByWaiting: 'yes',
  docs: 'docs/causes/token-service-failure.md',
  subject: hostSubject,

  match(failure) {
    const { error } = failure;
    if (error.peer !== 'token-service' || says(error, 'x509', 'remote error: tls')) return undefined;
    const isDown = networkFault(error) !== undefined || (error.httpStatus !== undefined && error.httpStatus >= 500);
    if (!isDown) return undefined;
    return {
      confidence: 'likely',
      evidence: [runtimeSays(failure), fact(`${failingHost(failure)} gives out the registry's tokens`, 'the request')],
    };
  },

  phrase: () => 'the token service of the registry does not answer',

  fixes: (failure) => [
    now(
      'ask-from-node',
      'Ask the token service from the node: firewalls often allow the registry and forget it',
      askFromNode(failure, failingHost(failure)),
    ),
    lasting('allow-host', "Allow the token service's host beside the registry's (for Docker Hub: auth.docker.io)"),
  ],
};
