import type { Evidence } from '../../domain/finding.ts';
import type { PullFailure } from '../../domain/pull-failure.ts';
import type { Cause } from '../cause.ts';
import { credentialFacts } from '../support/credentials.ts';
import { duration, fact, runtimeSays } from '../support/evidence.ts';
import { lasting, now } from '../support/fixes.ts';
import { registrySays } from '../support/registry-facts.ts';
import { createPullSecret } from '../support/secret-fixes.ts';
import { registryOf, registrySubject } from '../support/subjects.ts';
import { says } from '../support/words.ts';

/** 429 or `toomanyrequests`: too many pulls from this address or account. */
export const rateLimited: Cause = {
  id: 'rate-limited',
  title: 'Registry rate limit reached',
  family: 'registry-rate-limit',
  details: ['per-address'],
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
        'too many failed login attempts',
        'too many requests',
        'ThrottlingException',
        'Rate exceeded',
        'request limit exceeded',
      );
    if (!isLimited) return undefined;
    const { isKnown, matching } = credentialFacts(failure);
    const isAnonymous = isKnown && matching.length === 0;
    const evidence = [runtimeSays(failure), ...limitSeen(failure)];
    if (isAnonymous) {
      evidence.push(
        fact(
          'the pod pulls without credentials, so that all nodes behind one address share a limit',
          'pull secrets of the pod',
          failure.observedAt,
        ),
      );
    }
    const isPerAddress =
      registryOf(failure).family === 'docker-hub' && isAnonymous && !says(error, 'authenticated user');
    return { confidence: 'likely', ...(isPerAddress ? { detail: 'per-address' } : {}), evidence };
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

/** What the headers say, and of whom: pullmedic's own address is not the one that the nodes pull from. */
function limitSeen({ registry }: PullFailure): readonly Evidence[] {
  const limit = registry?.rateLimit;
  if (registry === undefined || limit === undefined) return [];
  const left = limit.remaining === undefined ? '' : `, ${limit.remaining} left`;
  const seen = "seen from pullmedic's address, not the node's";
  const text = `the limit is ${limit.limit} pulls in ${duration(limit.windowSeconds * 1000)}${left} (${seen})`;
  return [registrySays(registry, text)];
}
