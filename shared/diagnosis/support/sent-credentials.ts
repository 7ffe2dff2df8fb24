import type { PullFailure } from '../../domain/pull-failure.ts';
import type { RegistryAttempt } from '../../domain/registry-answer.ts';
import { credentialFacts } from './credentials.ts';
import { isAccepted, isRefused, type RegistryFacts, registryFacts } from './registry-facts.ts';
import { registryOf } from './subjects.ts';

/** What the registry says to exactly that which the kubelet sends. */
export interface SentCredentials {
  readonly facts: RegistryFacts;
  /**
   * - `none`: the kubelet is known to send nothing
   * - `all-unauthorized`: every entry was tried, and not even the login is good
   * - `all-refused`: every entry was tried and sent away, some of them for want of a permission
   * - `accepted`: one of them was taken
   * - `unknown`: not all could be read or tried
   */
  readonly verdict: 'none' | 'all-unauthorized' | 'all-refused' | 'accepted' | 'unknown';
  /** The attempts with what the kubelet sends. */
  readonly attempts: readonly RegistryAttempt[];
  /**
   * Whether nothing else is or should be sent: the kubelet's own credential provider has credentials that nobody else
   * can try, and a secret that is missing or malformed might have held the right one.
   */
  readonly isAllThatIsSent: boolean;
}

/** @returns `undefined` where the registry was not asked */
export function sentCredentials(failure: PullFailure): SentCredentials | undefined {
  const facts = registryFacts(failure);
  if (facts === undefined) return undefined;
  const { malformed, missingNames } = credentialFacts(failure);
  const isAllThatIsSent =
    !registryOf(failure).hasNodeCredentials && malformed.length === 0 && missingNames.length === 0;
  return { facts, isAllThatIsSent, verdict: judge(failure, facts), attempts: facts.own };
}

function judge(failure: PullFailure, { own }: RegistryFacts): SentCredentials['verdict'] {
  const { isKnown, matching } = credentialFacts(failure);
  if (own.some(isAccepted)) return 'accepted';
  if (!isKnown) return 'unknown';
  if (matching.length === 0) return 'none';
  const tried = matching.map(({ secret, entry }) =>
    own.find(
      ({ credential }) =>
        credential?.namespace === secret.namespace && credential.secret === secret.name && credential.key === entry.key,
    ),
  );
  if (tried.every((attempt) => attempt?.result === 'unauthorized' && attempt.isLoginGood !== true))
    return 'all-unauthorized';
  return tried.every((attempt) => attempt !== undefined && isRefused(attempt)) ? 'all-refused' : 'unknown';
}
