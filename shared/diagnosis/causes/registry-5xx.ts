import type { Cause } from '../cause.ts';
import { runtimeSays } from '../support/evidence.ts';
import { askFromNode, lasting, now } from '../support/fixes.ts';
import { failingHost, hostSubject, registryOf } from '../support/subjects.ts';
import { says } from '../support/words.ts';

/** The registry itself answered 5xx. */
export const registry5xx: Cause = {
  id: 'registry-5xx',
  title: 'Registry answers with a server error',
  family: 'registry-outage',
  details: [],
  specificity: 58,
  supersedes: [],
  healsByWaiting: 'yes',
  docs: 'docs/causes/registry-5xx.md',
  subject: hostSubject,

  match(failure) {
    const { error } = failure;
    const isSaid =
      error.httpStatus === undefined &&
      says(error, 'internal server error', 'service unavailable', 'bad gateway', 'gateway timeout');
    if (!isSaid && (error.httpStatus === undefined || error.httpStatus < 500)) return undefined;
    if (error.peer !== 'registry' && error.peer !== undefined) return undefined;
    return { confidence: 'likely', evidence: [runtimeSays(failure)] };
  },

  phrase: (failure) => {
    const { family, name } = registryOf(failure);
    return `${family === 'other' ? 'the registry' : name} answers ${failure.error.httpStatus ?? '5xx'}`;
  },

  fixes: (failure) => [
    now(
      'wait',
      'Waiting heals it once the registry does; look at its status page or its logs',
      askFromNode(failure, failingHost(failure)),
    ),
    lasting('cache', 'Pull through a cache that keeps serving what it has'),
  ],
};
