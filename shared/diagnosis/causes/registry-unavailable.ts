import type { PullFailure } from '../../domain/pull-failure.ts';
import type { Cause } from '../cause.ts';
import { authAnswer } from '../support/auth-answer.ts';
import { runtimeSays } from '../support/evidence.ts';
import { askFromNode, lasting, now } from '../support/fixes.ts';
import { networkFault } from '../support/network-fault.ts';
import { failingHost, hostSubject, registryOf } from '../support/subjects.ts';
import { says } from '../support/words.ts';

/** The registry as a whole is down or unreachable, without a more exact cause. */
export const registryUnavailable: Cause = {
  id: 'registry-unavailable',
  title: 'Registry is unavailable',
  family: 'registry-outage',
  details: [],
  specificity: 40,
  supersedes: [],
  healsByWaiting: 'yes',
  docs: 'docs/causes/registry-unavailable.md',
  subject: hostSubject,

  match(failure) {
    const { error, reason } = failure;
    const isSaid =
      reason === 'RegistryUnavailable' ||
      says(
        error,
        'RegistryUnavailable',
        'unable to ping registry',
        'no available registry endpoint',
        'registry is unavailable',
        'invalid registry endpoint',
        'maintenance',
        'bad response from',
      );
    if (!isSaid || isExplained(failure)) return undefined;
    return { confidence: 'likely', evidence: [runtimeSays(failure)] };
  },

  phrase: (failure) => {
    const { family, name } = registryOf(failure);
    return `${family === 'other' ? 'the registry' : name} is unavailable`;
  },

  fixes: (failure) => [
    now('ask-from-node', 'Ask from the node whether it answers at all', askFromNode(failure, failingHost(failure))),
    lasting('registry-health', 'Probe the registry from the cluster, and pull through a cache'),
  ],
};

/** A more exact cause stands in the text. */
function isExplained({ error }: PullFailure): boolean {
  return (
    networkFault(error) !== undefined ||
    authAnswer(error) !== undefined ||
    error.httpStatus !== undefined ||
    says(error, 'x509', 'tls:', 'HTTPS client', 'not found') ||
    error.peer === 'resolver' ||
    error.peer === 'proxy'
  );
}
