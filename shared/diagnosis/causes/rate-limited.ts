import type { Cause } from '../cause.ts';
import { credentialFacts } from '../support/credentials.ts';
import { fact, runtimeSays } from '../support/evidence.ts';
import { lasting, now } from '../support/fixes.ts';
import { createPullSecret } from '../support/secret-fixes.ts';
import { registryOf, registrySubject } from '../support/subjects.ts';
import { says } from '../support/words.ts';

/** 429 or `toomanyrequests`: too many pulls from this address or account. */
export const rateLimited: Cause = {
  id: 'rate-limited',
  title: 'Registry rate limit reached',
  family: 'registry-rate-limit',
  details: [],
  specificity: 75,
  supersedes: [],
  healsByWaiting: 'yes',
  docs: 'docs/causes/rate-limited.md',
  subject: registrySubject,

  match(failure) {
    const { error } = failure;
    if (error.peer === 'resolver' || error.peer === 'proxy' || error.peer === 'runtime') return undefined;
    const isLimited =
      error.httpStatus === 429 ||
      error.code === 'TOOMANYREQUESTS' ||
      says(
        error,
        'pull rate limit',
        'rate limit exceeded',
        'ThrottlingException',
        'Rate exceeded',
        'request limit exceeded',
      );
    if (!isLimited) return undefined;
    const { isKnown, matching } = credentialFacts(failure);
    const evidence = [runtimeSays(failure)];
    if (isKnown && matching.length === 0) {
      evidence.push(
        fact(
          'the pod pulls without credentials, so that all nodes behind one address share a limit',
          'pull secrets of the pod',
        ),
      );
    }
    return { confidence: 'likely', evidence };
  },

  phrase: (failure) => {
    const { family, name } = registryOf(failure);
    return family === 'other' ? 'the registry limits pulls (429)' : `${name} limits pulls (429)`;
  },

  fixes: (failure) => [
    now('wait', 'Waiting heals it: the kubelet tries again, at most 5 minutes apart; Docker Hub counts over 6 hours'),
    createPullSecret(failure),
    lasting('mirror', 'Pull through a cache (ECR pull-through, Harbor proxy project) and log in for what remains'),
  ],
};
