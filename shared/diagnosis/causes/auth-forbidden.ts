import type { PullFailure } from '../../domain/pull-failure.ts';
import { ecrLocation } from '../../registries/recognise.ts';
import type { Cause, Match } from '../cause.ts';
import { credentialFacts, hasExpiredEntry } from '../support/credentials.ts';
import { allowInPolicy, CROSS_ACCOUNT, crossAccount, policyEvidence, readPolicy } from '../support/ecr-policy.ts';
import { fact, runtimeSays } from '../support/evidence.ts';
import { fixesOf, lasting, now } from '../support/fixes.ts';
import { credentialAcceptedNow, restartOnePod } from '../support/found-now.ts';
import { attemptSays, isAccepted, isRefused, registryFacts } from '../support/registry-facts.ts';
import { sentCredentials } from '../support/sent-credentials.ts';
import { answerOf } from '../support/silence.ts';
import { removeStaleCredential, STALE_CREDENTIAL, staleCredential } from '../support/stale-credential.ts';
import { registryHost, registryOf, repositorySubject } from '../support/subjects.ts';
import { checkEndpoint, ENDPOINT_HINTS, neededEndpoint } from '../support/vpc-endpoints.ts';

/** Whoever asks is known but may not pull: 403, a missing role, a repository policy, a missing entitlement. */
export const authForbidden: Cause = {
  id: 'auth-forbidden',
  title: 'Registry forbids the pull',
  family: 'access',
  details: ['ecr-wrong-region', CROSS_ACCOUNT, STALE_CREDENTIAL, 's3-endpoint'],
  specificity: 58,
  supersedes: ['access-denied-or-not-found'],
  healsByWaiting: 'no',
  docs: 'docs/causes/auth-forbidden.md',
  subject: repositorySubject,

  match(failure) {
    const { error } = failure;
    const answer = answerOf(failure);
    // A 403 to a token request with credentials: known, and refused. Whether for the password or the permission is not said.
    if (answer === 'denied-or-absent') return judgeDenied(failure);
    if (answer === 'unauthorized' || answer === 'bare-401') return judgeDenied(failure) ?? judgeLogin(failure);
    if (answer !== 'forbidden') return undefined;
    // Where everything is public there is nothing to be permitted.
    if (error.httpStatus === 403 && registryOf(failure).isPublicOnly) return undefined;
    return judge(failure);
  },

  phrase: (failure) => {
    const { family, name } = registryOf(failure);
    return `${family === 'other' ? 'the registry' : name} forbids this pull (403)`;
  },

  fixes(failure, { detail }) {
    const across = detail === CROSS_ACCOUNT ? crossAccount(failure) : undefined;
    return fixesOf(
      restartOnePod(failure),
      detail === STALE_CREDENTIAL ? removeStaleCredential(failure) : undefined,
      detail === 's3-endpoint' ? checkEndpoint(failure, 's3-endpoint') : undefined,
      across === undefined ? undefined : allowInPolicy(failure, across.principal),
      now('check-permission', 'Grant the pulling identity read access to the repository', readPolicy(failure)),
      lasting('permissions-in-code', 'Keep repository policies and roles in code; cross-account pulls need both sides'),
    );
  },
};

function judge(failure: PullFailure): Match {
  const refined = judgeStale(failure) ?? judgeCrossAccount(failure) ?? judgeEndpoint(failure);
  if (refined !== undefined) return refined;
  const location = ecrLocation(registryHost(failure) ?? '');
  const other = credentialFacts(failure).matching.find(
    ({ entry }) => location !== undefined && entry.ecrRegion !== undefined && entry.ecrRegion !== location.region,
  );
  if (location === undefined || other === undefined) {
    return { confidence: 'likely', evidence: [runtimeSays(failure), ...registryEvidence(failure)] };
  }
  const text = `secret ${other.secret.name} holds a token for ${other.entry.ecrRegion}; tokens are good in their region only`;
  return {
    confidence: 'likely',
    detail: 'ecr-wrong-region',
    evidence: [
      runtimeSays(failure),
      fact(text, `secret ${other.secret.namespace}/${other.secret.name}`, failure.observedAt),
    ],
    phrase: `ECR pull secret is for another region than ${location.region}`,
  };
}

/** The repository exists and every credential that the kubelet sends is kept out: nothing is missing but a permission. */
function judgeDenied(failure: PullFailure): Match | undefined {
  const sent = sentCredentials(failure);
  if (sent?.verdict !== 'all-refused') return undefined;
  const stale = judgeStale(failure);
  if (stale !== undefined) return stale;
  const isProven = sent.facts.repository === 'exists' && sent.isAllThatIsSent && !hasExpiredEntry(failure);
  return isProven
    ? { confidence: 'certain', evidence: [runtimeSays(failure), ...registryEvidence(failure)] }
    : undefined;
}

/** A 401 that follows a good login is about the pull, not the password. */
function judgeLogin(failure: PullFailure): Match | undefined {
  const sent = sentCredentials(failure);
  if (sent?.verdict !== 'all-refused') return undefined;
  return {
    confidence: 'likely',
    evidence: [runtimeSays(failure), ...registryEvidence(failure)],
    phrase: 'the login of the pull secret is good, but it may not pull this',
  };
}

function judgeStale(failure: PullFailure): Match | undefined {
  const stale = staleCredential(failure);
  // Where each answer is 401, the credentials are wrong: that is auth-invalid's to say.
  if (stale?.verdict !== 'all-refused' || hasExpiredEntry(failure)) return undefined;
  return {
    confidence: stale.isProven ? 'certain' : 'likely',
    detail: STALE_CREDENTIAL,
    evidence: [runtimeSays(failure), ...stale.evidence],
    phrase: stale.phrase,
  };
}

function judgeCrossAccount(failure: PullFailure): Match | undefined {
  const across = crossAccount(failure);
  if (across === undefined) return undefined;
  return {
    confidence: across.confidence,
    detail: CROSS_ACCOUNT,
    evidence: [runtimeSays(failure), ...across.evidence],
    phrase: `repository of account ${across.owner} does not let ${across.principal.account} pull`,
  };
}

/** S3 answers 403 to a layer that the gateway endpoint's policy does not allow. */
function judgeEndpoint(failure: PullFailure): Match | undefined {
  if (neededEndpoint(failure) !== 's3-endpoint') return undefined;
  return {
    confidence: 'likely',
    detail: 's3-endpoint',
    evidence: [runtimeSays(failure), fact(ENDPOINT_HINTS['s3-endpoint'], 'what is known of registries')],
    phrase: 'S3 forbids image layers: the policy of its VPC endpoint is suspect',
  };
}

/** What the registry answers to these very credentials, and whom its policy lets in. */
function registryEvidence(failure: PullFailure): Match['evidence'] {
  const facts = registryFacts(failure);
  if (facts === undefined) return [];
  const accepted = credentialAcceptedNow(failure);
  const others = facts.others.filter(isAccepted).slice(0, 1);
  const refused = accepted === undefined ? [...facts.own.filter(isRefused).slice(0, 3), ...others] : [];
  return [
    ...(accepted === undefined ? [] : [accepted]),
    ...refused.map((attempt) => attemptSays(facts.answer, attempt)),
    ...policyEvidence(failure),
  ];
}
