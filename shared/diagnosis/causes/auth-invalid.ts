import type { PullFailure } from '../../domain/pull-failure.ts';
import type { Cause, Match } from '../cause.ts';
import { credentialFacts, hasExpiredEntry } from '../support/credentials.ts';
import { fact, named, runtimeSays } from '../support/evidence.ts';
import { fixesOf, lasting } from '../support/fixes.ts';
import { credentialAcceptedNow, restartOnePod } from '../support/found-now.ts';
import { lastWriter } from '../support/last-writer.ts';
import { attemptSays, isRefused } from '../support/registry-facts.ts';
import { createPullSecret } from '../support/secret-fixes.ts';
import { sentCredentials } from '../support/sent-credentials.ts';
import { answerOf } from '../support/silence.ts';
import { removeStaleCredential, STALE_CREDENTIAL, staleCredential } from '../support/stale-credential.ts';
import { registryOf, secretSubject } from '../support/subjects.ts';

/** Credentials were sent and rejected: a wrong or revoked password, a disabled account. */
export const authInvalid: Cause = {
  id: 'auth-invalid',
  title: 'Registry rejects the credentials',
  family: 'credentials',
  details: [STALE_CREDENTIAL],
  specificity: 59,
  supersedes: ['access-denied-or-not-found'],
  healsByWaiting: 'no',
  docs: 'docs/causes/auth-invalid.md',
  subject: (failure) => secretSubject(failure, credentialFacts(failure).matching[0]?.secret.name),

  match(failure) {
    const byRegistry = judgeByRegistry(failure);
    if (byRegistry !== undefined) return byRegistry;
    const confidence = decideConfidence(failure);
    if (confidence === undefined) return undefined;
    const accepted = credentialAcceptedNow(failure);
    return {
      confidence,
      evidence: [runtimeSays(failure), ...sentEntries(failure), ...(accepted === undefined ? [] : [accepted])],
    };
  },

  phrase: (failure) => {
    const { family, name } = registryOf(failure);
    return `${family === 'other' ? 'the registry' : name} rejects the credentials of the pull secret`;
  },

  fixes: (failure, { detail }) =>
    fixesOf(
      restartOnePod(failure),
      detail === STALE_CREDENTIAL ? removeStaleCredential(failure) : undefined,
      createPullSecret(failure, credentialFacts(failure).matching[0]?.secret.name),
      lasting(
        'robot-account',
        'Pull with a robot account or token of its own, not with a person’s password that changes',
      ),
    ),
};

/** Exactly what the kubelet sends was sent, and refused: proven where nothing else can be sent from the node. */
function judgeByRegistry(failure: PullFailure): Match | undefined {
  const answer = answerOf(failure);
  // Texts that say that nothing was sent, or that the token is too old, are other causes.
  if (answer === undefined || answer === 'expired' || answer === 'no-credentials' || answer === 'anonymous-refused')
    return undefined;
  const sent = sentCredentials(failure);
  if (sent === undefined || sent.verdict !== 'all-unauthorized' || hasExpiredEntry(failure)) return undefined;
  const stale = staleCredential(failure);
  if (stale !== undefined) {
    return {
      confidence: stale.isProven ? 'certain' : 'likely',
      detail: STALE_CREDENTIAL,
      evidence: [runtimeSays(failure), ...stale.evidence, ...sentEntries(failure)],
      phrase: stale.phrase,
    };
  }
  const { answer: registry, anonymous } = sent.facts;
  const isProven = sent.isAllThatIsSent && anonymous !== undefined && isRefused(anonymous);
  const attempts = [...sent.attempts, ...(anonymous === undefined ? [] : [anonymous])];
  return {
    confidence: isProven ? 'certain' : 'likely',
    evidence: [
      runtimeSays(failure),
      ...attempts.map((attempt) => attemptSays(registry, attempt)),
      ...sentEntries(failure),
    ],
  };
}

function sentEntries(failure: PullFailure): Match['evidence'] {
  return credentialFacts(failure).matching.map(({ secret, entry }) =>
    fact(
      `secret ${secret.name} has an entry for ${named(entry.key)}, which the kubelet sends${lastWriter(secret)}`,
      `secret ${secret.namespace}/${secret.name}`,
      failure.observedAt,
    ),
  );
}

/**
 * containerd says `no basic auth credentials` when it has none to send, so a bare 401 usually means that it had. Not
 * where nodes log in by themselves, nor where no secret of the pod is for this registry.
 */
function decideConfidence(failure: PullFailure): Match['confidence'] | undefined {
  const answer = answerOf(failure);
  const { isKnown, matching } = credentialFacts(failure);
  const hasNone = isKnown && matching.length === 0;
  const asSaid = isLoginTaken(failure) ? 'possible' : 'likely';
  if (answer === 'credentials-refused') return asSaid;
  if (answer === 'bare-401') return hasNone || registryOf(failure).hasNodeCredentials ? 'possible' : asSaid;
  if (answer === 'unauthorized') {
    if (matching.length > 0) return asSaid;
    return hasNone ? undefined : 'possible';
  }
  return undefined;
}

/** The token service takes the login, and the registry refuses the pull all the same. */
function isLoginTaken(failure: PullFailure): boolean {
  const sent = sentCredentials(failure);
  return sent?.verdict === 'all-refused' && sent.attempts.some(({ isLoginGood }) => isLoginGood === true);
}
