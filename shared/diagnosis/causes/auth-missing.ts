import type { PullFailure } from '../../domain/pull-failure.ts';
import type { Cause, Match } from '../cause.ts';
import type { AuthAnswer } from '../support/auth-answer.ts';
import { type CredentialFacts, credentialFacts } from '../support/credentials.ts';
import { runtimeSays } from '../support/evidence.ts';
import { fixesOf, lasting, now, restartPod } from '../support/fixes.ts';
import { lackingSecret, usableSecret } from '../support/lacking-secret.ts';
import { attemptSays, isAccepted, isRefused } from '../support/registry-facts.ts';
import { attachSecret, createPullSecret } from '../support/secret-fixes.ts';
import { sentCredentials } from '../support/sent-credentials.ts';
import { answerOf } from '../support/silence.ts';
import { registryOf, repositorySubject } from '../support/subjects.ts';

/** No credentials were sent: no pull secret, or none for this registry. */
export const authMissing: Cause = {
  id: 'auth-missing',
  title: 'No credentials for the registry',
  family: 'access',
  details: [
    'secret-lacks-host',
    'serviceaccount-lacks-secret',
    'attached-after-creation',
    'secret-in-other-namespace',
    'ecr-wrong-region',
  ],
  specificity: 61,
  supersedes: ['access-denied-or-not-found'],
  healsByWaiting: 'no',
  docs: 'docs/causes/auth-missing.md',
  subject: repositorySubject,

  match(failure) {
    const answer = answerOf(failure);
    const facts = credentialFacts(failure);
    const confidence = answer === undefined ? undefined : decideConfidence(answer, facts, failure);
    if (confidence === undefined || isSent(failure)) return undefined;
    const refinement = lackingSecret(failure);
    const byRegistry = answer === undefined ? undefined : judgeByRegistry(failure, answer, confidence);
    return {
      confidence: byRegistry?.confidence ?? confidence,
      ...(refinement?.detail === undefined ? {} : { detail: refinement.detail }),
      evidence: [runtimeSays(failure), ...(refinement?.evidence ?? []), ...(byRegistry?.evidence ?? [])],
      ...(refinement?.phrase === undefined ? {} : { phrase: refinement.phrase }),
    };
  },

  phrase: (failure) => {
    const { family, name } = registryOf(failure);
    return family === 'other' ? 'no credentials for the registry' : `no credentials for ${name}`;
  },

  fixes(failure, match) {
    const candidate = usableSecret(failure);
    const attach = match.detail === 'serviceaccount-lacks-secret' && candidate !== undefined;
    return fixesOf(
      match.detail === 'attached-after-creation'
        ? now(
            'restart-pod',
            'Restart the pod: pods get the secrets of their ServiceAccount when they are created',
            restartPod(failure),
          )
        : undefined,
      attach ? attachSecret(failure, candidate.name) : createPullSecret(failure),
      lasting(
        'service-account',
        'Attach pull secrets to the ServiceAccount, and let pullmedic or an operator keep them',
      ),
    );
  },
};

/** Where registries or node credentials leave room for another cause, never more than `likely`. */
function decideConfidence(
  answer: AuthAnswer,
  facts: CredentialFacts,
  failure: PullFailure,
): Match['confidence'] | undefined {
  const { hasNodeCredentials, hidesPrivate } = registryOf(failure);
  const hasNone = facts.isKnown && facts.matching.length === 0;
  switch (answer) {
    case 'no-credentials':
      return hasNone &&
        !hasNodeCredentials &&
        !hidesPrivate &&
        facts.malformed.length === 0 &&
        facts.missingNames.length === 0
        ? 'certain'
        : 'likely';
    case 'anonymous-refused':
      return 'likely';
    case 'unauthorized':
      return facts.matching.length > 0 ? 'possible' : 'likely';
    case 'bare-401':
      return facts.matching.length === 0 && (hasNone || hasNodeCredentials) ? 'likely' : 'possible';
    case 'denied-or-absent':
    case 'forbidden':
      return hasNone && !hasNodeCredentials ? 'possible' : undefined;
    case 'credentials-refused':
    case 'expired':
      return undefined;
  }
}

/** Credentials are sent: the registry was asked with each of them and refused it. */
function isSent(failure: PullFailure): boolean {
  const verdict = sentCredentials(failure)?.verdict;
  return verdict === 'all-unauthorized' || verdict === 'all-refused';
}

/**
 * The kubelet sends nothing, and the registry was asked the same. Certain where it refuses that and the image cannot
 * but be there for others (or the text says itself that nothing was sent to a host that hides nothing).
 */
function judgeByRegistry(
  failure: PullFailure,
  answer: AuthAnswer,
  confidence: Match['confidence'],
): Pick<Match, 'confidence' | 'evidence'> | undefined {
  const sent = sentCredentials(failure);
  if (sent === undefined) return undefined;
  const { answer: registry, anonymous, others } = sent.facts;
  const accepted = others.find(isAccepted);
  const evidence = [anonymous, accepted ?? others.find(isRefused)]
    .filter((attempt) => attempt !== undefined)
    .map((attempt) => attemptSays(registry, attempt));
  // The registry gives it to anybody now: public since, or the node asks another one.
  if (anonymous !== undefined && isAccepted(anonymous)) {
    return { confidence: confidence === 'possible' ? 'possible' : 'likely', evidence };
  }
  const isKept = sent.verdict === 'none' && sent.isAllThatIsSent && anonymous !== undefined && isRefused(anonymous);
  if (!isKept) return { confidence, evidence };
  const isUnambiguous = answer !== 'denied-or-absent' && answer !== 'forbidden' && !registryOf(failure).hidesPrivate;
  if (accepted !== undefined || isUnambiguous || sent.facts.repository === 'exists') {
    return { confidence: 'certain', evidence };
  }
  return { confidence, evidence };
}
