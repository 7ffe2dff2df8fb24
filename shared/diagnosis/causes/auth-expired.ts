import type { Fix } from '../../domain/finding.ts';
import type { PullFailure } from '../../domain/pull-failure.ts';
import { ecrLocation } from '../../registries/recognise.ts';
import type { Cause, Match } from '../cause.ts';
import { credentialFacts } from '../support/credentials.ts';
import { duration, fact, moment, runtimeSays } from '../support/evidence.ts';
import { fixesOf, lasting, now, restartPod } from '../support/fixes.ts';
import { credentialAcceptedNow, restartOnePod } from '../support/found-now.ts';
import { lastWriter } from '../support/last-writer.ts';
import { attemptSays, registryFacts } from '../support/registry-facts.ts';
import { createPullSecret, ecrSecretCommand } from '../support/secret-fixes.ts';
import { answerOf } from '../support/silence.ts';
import { removeStaleCredential, STALE_CREDENTIAL, staleCredential } from '../support/stale-credential.ts';
import { accountSubject, registryHost, registryOf } from '../support/subjects.ts';
import { says } from '../support/words.ts';

/** The credentials that the kubelet sends have expired: an ECR token after 12 hours, and the like. */
export const authExpired: Cause = {
  id: 'auth-expired',
  title: 'Pull secret has expired',
  family: 'credentials-expired',
  details: ['ecr-token-expired', STALE_CREDENTIAL],
  specificity: 80,
  supersedes: ['auth-forbidden', 'auth-invalid', 'auth-missing', 'access-denied-or-not-found'],
  healsByWaiting: 'no',
  docs: 'docs/causes/auth-expired.md',
  /** One refresh serves every namespace that pulls from that account. */
  subject: accountSubject,

  match(failure) {
    const answer = answerOf(failure);
    if (answer === undefined) return judgePublicEcr(failure);
    const byFacts = judgeSecrets(failure);
    if (byFacts !== undefined) return byFacts;
    if (answer === 'expired') return judgeSaid(failure);
    return judgeText(failure);
  },

  phrase: (failure) =>
    registryOf(failure).family === 'ecr' ? 'ECR pull secret has expired' : 'credentials for the registry have expired',

  fixes(failure, { detail }) {
    return fixesOf(
      detail === STALE_CREDENTIAL ? removeStaleCredential(failure) : undefined,
      restartOnePod(failure),
      refresh(failure),
      now(
        'restart-pod',
        'Then restart one stuck pod per node: the others follow once the image is there',
        restartPod(failure),
      ),
      lasting(
        'refresh-schedule',
        'Let pullmedic renew ECR secrets on its schedule, at half of their 12 hours, or let nodes pull with their role',
      ),
    );
  },
};

/** Certain only if every entry that the kubelet would try is expired: one that is still good would have worked. */
function judgeSecrets(failure: PullFailure): Match | undefined {
  const { isKnown, matching } = credentialFacts(failure);
  const expired = matching.filter(
    ({ entry }) => entry.expiresAt !== undefined && entry.expiresAt <= failure.observedAt,
  );
  if (expired.length === 0) return undefined;
  const evidence = expired.map(({ secret, entry }) => {
    const at = entry.expiresAt ?? failure.observedAt;
    const text = `secret ${secret.name}: its token expired ${moment(at)}, ${duration(failure.observedAt - at)} ago`;
    return fact(`${text}${lastWriter(secret)}`, SOURCES[entry.expirySource ?? 'age'], failure.observedAt);
  });
  const isAll = isKnown && expired.length === matching.length;
  // An expiry that was concluded from the secret's age may be wrong: another tool may have written another token.
  const isRead = expired.every(({ entry }) => entry.expirySource === 'token' || entry.expirySource === 'annotation');
  const isEcr = registryOf(failure).family === 'ecr';
  const stale = staleCredential(failure);
  const accepted = credentialAcceptedNow(failure);
  const confidence = isAll ? (isRead && accepted === undefined ? 'certain' : 'likely') : 'possible';
  const told = accepted ?? (stale === undefined ? undefined : stale.evidence.at(-1));
  return {
    confidence,
    ...(isEcr ? { detail: 'ecr-token-expired' } : stale === undefined ? {} : { detail: STALE_CREDENTIAL }),
    evidence: [runtimeSays(failure), ...evidence, ...(told === undefined ? [] : [told])],
    ...(stale === undefined || isEcr ? {} : { phrase: STALE_PHRASE }),
  };
}

/** The registry says itself that a token is too old. */
function judgeSaid(failure: PullFailure): Match {
  const stale = staleCredential(failure);
  const accepted = credentialAcceptedNow(failure);
  return {
    confidence: 'likely',
    ...(stale === undefined ? {} : { detail: STALE_CREDENTIAL, phrase: STALE_PHRASE }),
    evidence: [runtimeSays(failure), ...(stale?.evidence ?? []), ...(accepted === undefined ? [] : [accepted])],
  };
}

const STALE_PHRASE = 'public image, but the expired pull secret is sent for it';

const SOURCES = {
  token: 'expiry written in the token',
  annotation: 'annotation pullmedic.dev/ecr',
  age: 'age of the secret',
} as const;

/** ECR answers an expired token with the same 403 as a missing permission; public ECR refuses what it would give anybody. */
function judgeText(failure: PullFailure): Match | undefined {
  const { family } = registryOf(failure);
  const { isKnown, matching } = credentialFacts(failure);
  // No secret could have expired, or all were read and are still good.
  if (isKnown || says(failure.error, 'not authorized to perform')) return undefined;
  const answer = answerOf(failure);
  const isSameAnswer =
    (family === 'ecr' || family === 'ecr-public') && (answer === 'forbidden' || answer === 'denied-or-absent');
  if (!isSameAnswer || matching.some(({ entry }) => entry.expiresAt !== undefined)) return undefined;
  return {
    confidence: 'possible',
    evidence: [
      runtimeSays(failure),
      fact('ECR answers an expired token and a missing permission alike', 'what is known of registries'),
    ],
  };
}

/** Public ECR, which needs no login, answers an expired one with 400. */
function judgePublicEcr(failure: PullFailure): Match | undefined {
  if (registryOf(failure).family !== 'ecr-public' || failure.error.httpStatus !== 400) return undefined;
  const facts = registryFacts(failure);
  const isPublic = facts?.anonymous?.result === 'found' && credentialFacts(failure).matching.length > 0;
  return {
    confidence: 'likely',
    ...(isPublic ? { detail: STALE_CREDENTIAL, phrase: STALE_PHRASE } : {}),
    evidence: [
      runtimeSays(failure),
      ...(isPublic ? [attemptSays(facts.answer, facts.anonymous)] : []),
      fact('public ECR answers 400 to an expired token, and needs none', 'what is known of registries'),
    ],
  };
}

function refresh(failure: PullFailure): Fix | undefined {
  const { namespace, pod } = failure;
  const host = registryHost(failure);
  const location = host === undefined ? undefined : ecrLocation(host);
  const name = credentialFacts(failure).matching[0]?.secret.name ?? pod?.pullSecretNames[0];
  if (namespace === undefined || host === undefined || location === undefined || name === undefined)
    return createPullSecret(failure);
  const title = `Write a fresh ECR token into secret ${name} (replaces the whole secret: add its other registries again)`;
  return now('refresh-pull-secret', title, ecrSecretCommand(namespace, name, host, location.region));
}
