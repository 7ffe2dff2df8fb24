import type { Fix } from '../../domain/finding.ts';
import type { PullFailure } from '../../domain/pull-failure.ts';
import type { Cause, Match } from '../cause.ts';
import { authAnswer } from '../support/auth-answer.ts';
import { credentialFacts } from '../support/credentials.ts';
import { fact, named, runtimeSays } from '../support/evidence.ts';
import { lasting } from '../support/fixes.ts';
import { createPullSecret } from '../support/secret-fixes.ts';
import { registryOf, secretSubject } from '../support/subjects.ts';

/** Credentials were sent and rejected: a wrong or revoked password, a disabled account. */
export const authInvalid: Cause = {
  id: 'auth-invalid',
  title: 'Registry rejects the credentials',
  family: 'credentials',
  details: [],
  specificity: 59,
  supersedes: [],
  healsByWaiting: 'no',
  docs: 'docs/causes/auth-invalid.md',
  subject: (failure) => secretSubject(failure, credentialFacts(failure).matching[0]?.secret.name),

  match(failure) {
    const confidence = decideConfidence(failure);
    if (confidence === undefined) return undefined;
    const tried = credentialFacts(failure).matching.map(({ secret, entry }) =>
      fact(
        `secret ${secret.name} has an entry for ${named(entry.key)}, which the kubelet sends`,
        `secret ${secret.namespace}/${secret.name}`,
        failure.observedAt,
      ),
    );
    return { confidence, evidence: [runtimeSays(failure), ...tried] };
  },

  phrase: (failure) => {
    const { family, name } = registryOf(failure);
    return `${family === 'other' ? 'the registry' : name} rejects the credentials of the pull secret`;
  },

  fixes: (failure) =>
    [
      createPullSecret(failure, credentialFacts(failure).matching[0]?.secret.name),
      lasting(
        'robot-account',
        'Pull with a robot account or token of its own, not with a person’s password that changes',
      ),
    ].filter((fix): fix is Fix => fix !== undefined),
};

/**
 * containerd says `no basic auth credentials` when it has none to send, so a bare 401 usually means that it had. Not
 * where nodes log in by themselves, nor where no secret of the pod is for this registry.
 */
function decideConfidence(failure: PullFailure): Match['confidence'] | undefined {
  const answer = authAnswer(failure.error);
  const { isKnown, matching } = credentialFacts(failure);
  const hasNone = isKnown && matching.length === 0;
  if (answer === 'credentials-refused') return 'likely';
  if (answer === 'bare-401') return hasNone || registryOf(failure).hasNodeCredentials ? 'possible' : 'likely';
  if (answer === 'unauthorized') {
    if (matching.length > 0) return 'likely';
    return hasNone ? undefined : 'possible';
  }
  return undefined;
}
