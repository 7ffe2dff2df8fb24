import type { PullFailure } from '../../domain/pull-failure.ts';
import { shellCommand } from '../../domain/shell.ts';
import type { Cause, Match } from '../cause.ts';
import { authAnswer } from '../support/auth-answer.ts';
import { credentialFacts, namesOfUnretrievable } from '../support/credentials.ts';
import { fact, runtimeSays } from '../support/evidence.ts';
import { fixesOf, lasting, now, restartPod } from '../support/fixes.ts';
import { createPullSecret } from '../support/secret-fixes.ts';
import { registryOf, secretSubject } from '../support/subjects.ts';
import { clip } from '../support/text.ts';

/** The pull secret that the pod or its ServiceAccount names does not exist, and the registry wants credentials. */
export const secretNotFound: Cause = {
  id: 'secret-not-found',
  title: 'Pull secret does not exist',
  family: 'pull-secret',
  details: ['created-since'],
  specificity: 78,
  supersedes: [
    'auth-missing',
    'access-denied-or-not-found',
    'auth-invalid',
    'auth-forbidden',
    'kubelet-credential-provider-failed',
    'node-iam-no-ecr-permission',
  ],
  healsByWaiting: 'no',
  docs: 'docs/causes/secret-not-found.md',
  subject: (failure) => secretSubject(failure, missingName(failure)),

  match(failure) {
    return judgeText(failure) ?? judgeCreatedSince(failure) ?? judgeFacts(failure);
  },

  phrase: (failure) => {
    const name = missingName(failure);
    return name === undefined ? 'the pull secret does not exist' : `pull secret ${clip(name, 40)} does not exist`;
  },

  fixes(failure) {
    const name = missingName(failure);
    const { namespace } = failure;
    if (isCreatedSince(failure)) {
      return [now('restart-pod', 'Wait for the next try, or restart the pod now', restartPod(failure))];
    }
    return fixesOf(
      now(
        'see-secrets',
        'See which pull secrets the namespace has',
        namespace === undefined
          ? undefined
          : shellCommand`kubectl -n ${namespace} get secrets --field-selector type=kubernetes.io/dockerconfigjson`,
      ),
      createPullSecret(failure, name),
      now('restart-pod', 'Then restart the pod: a corrected secret does not shorten its back-off', restartPod(failure)),
      lasting('create-with-namespace', 'Create pull secrets together with the namespace, by the tool that creates it'),
    );
  },
};

/** The kubelet's own event, given as the text. */
function judgeText(failure: PullFailure): Match | undefined {
  if (failure.error.stage !== 'secret') return undefined;
  return { confidence: 'likely', evidence: [runtimeSays(failure)] };
}

function isCreatedSince(failure: PullFailure): boolean {
  const { missingNames, createdSince } = credentialFacts(failure);
  return missingNames.length === 0 && createdSince.length > 0;
}

/** Repaired already: the kubelet's next try uses it, which its back-off may delay by five minutes. */
function judgeCreatedSince(failure: PullFailure): Match | undefined {
  const answer = authAnswer(failure.error);
  if (answer !== 'no-credentials' && answer !== 'anonymous-refused') return undefined;
  const [secret] = credentialFacts(failure).createdSince;
  if (secret === undefined || !isCreatedSince(failure)) return undefined;
  return {
    confidence: 'likely',
    detail: 'created-since',
    phrase: `pull secret ${clip(secret.name, 24)} came after the last try`,
    evidence: [
      runtimeSays(failure),
      fact(
        `secret ${secret.namespace}/${secret.name} was created after the last try; the next one uses it`,
        'creationTimestamp',
        secret.createdAt,
      ),
    ],
  };
}

/**
 * A missing secret explains a pull only where credentials were wanted: the kubelet reports missing ones on public images
 * too.
 */
function judgeFacts(failure: PullFailure): Match | undefined {
  const answer = authAnswer(failure.error);
  if (answer === undefined || answer === 'expired') return undefined;
  const facts = credentialFacts(failure);
  if (facts.missingNames.length === 0) return undefined;
  const source = facts.isMissingProven ? 'API server: 404' : 'event FailedToRetrieveImagePullSecret';
  const missing = facts.missingNames.map((name) =>
    fact(
      `the pod names pull secret ${failure.namespace ?? ''}/${name}, which does not exist`,
      source,
      failure.observedAt,
    ),
  );
  const hasOthers = facts.matching.length > 0;
  const isAnonymous = answer === 'no-credentials' || answer === 'anonymous-refused';
  const host = registryOf(failure);
  const isAllMissing =
    facts.isKnown && facts.isMissingProven && failure.pullSecrets.every(({ state }) => state === 'missing');
  const isProven = answer === 'no-credentials' && isAllMissing && !host.hasNodeCredentials && !host.hidesPrivate;
  // With credentials sent and refused, another secret was used: the missing one may not matter.
  const confidence = isProven
    ? 'certain'
    : hasOthers || (answer === 'credentials-refused' && !isAnonymous)
      ? 'possible'
      : 'likely';
  return { confidence, evidence: [runtimeSays(failure), ...missing] };
}

function missingName(failure: PullFailure): string | undefined {
  const { missingNames, createdSince } = credentialFacts(failure);
  return missingNames[0] ?? createdSince[0]?.name ?? namesOfUnretrievable(failure.error.raw)[0];
}
