import { distance } from 'fastest-levenshtein';
import type { Evidence, Fix } from '../../domain/finding.ts';
import type { PullFailure } from '../../domain/pull-failure.ts';
import { ecrLocation } from '../../registries/recognise.ts';
import type { Cause, Match } from '../cause.ts';
import { type AuthAnswer, authAnswer } from '../support/auth-answer.ts';
import { type CredentialFacts, credentialFacts } from '../support/credentials.ts';
import { fact, named, runtimeSays } from '../support/evidence.ts';
import { lasting, now, restartPod } from '../support/fixes.ts';
import { attachSecret, createPullSecret } from '../support/secret-fixes.ts';
import { registryHost, registryOf, repositorySubject } from '../support/subjects.ts';

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
  supersedes: [],
  healsByWaiting: 'no',
  docs: 'docs/causes/auth-missing.md',
  subject: repositorySubject,

  match(failure) {
    const answer = authAnswer(failure.error);
    const facts = credentialFacts(failure);
    const confidence = answer === undefined ? undefined : decideConfidence(answer, facts, failure);
    if (confidence === undefined) return undefined;
    const refinement = refine(failure, facts);
    return {
      confidence,
      ...(refinement?.detail === undefined ? {} : { detail: refinement.detail }),
      evidence: [runtimeSays(failure), ...(refinement?.evidence ?? [])],
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
    return [
      ...(match.detail === 'attached-after-creation'
        ? [
            now(
              'restart-pod',
              'Restart the pod: pods get the secrets of their ServiceAccount when they are created',
              restartPod(failure),
            ),
          ]
        : []),
      attach ? attachSecret(failure, candidate.name) : createPullSecret(failure),
      lasting(
        'service-account',
        'Attach pull secrets to the ServiceAccount, and let pullmedic or an operator keep them',
      ),
    ].filter((fix): fix is Fix => fix !== undefined);
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

interface Refinement {
  readonly detail?: string;
  readonly evidence: readonly Evidence[];
  readonly phrase?: string;
}

/** What the gathered objects say of why there is none, most exact first. */
function refine(failure: PullFailure, facts: CredentialFacts): Refinement | undefined {
  const { pod, serviceAccount, namespace } = failure;
  const host = registryHost(failure);
  if (pod === undefined || host === undefined || facts.matching.length > 0) return undefined;
  const late = attachedLater(failure);
  if (late !== undefined) {
    return {
      detail: 'attached-after-creation',
      evidence: [
        fact(
          `ServiceAccount ${pod.serviceAccountName} names ${named(late)}, this pod does not: it was created before`,
          'ServiceAccount',
          failure.observedAt,
        ),
      ],
      phrase: 'pull secret was attached after the pod was created',
    };
  }
  const here = usableSecret(failure);
  if (here !== undefined && pod.pullSecretNames.length === 0) {
    const account = serviceAccount?.name ?? pod.serviceAccountName;
    return {
      detail: 'serviceaccount-lacks-secret',
      evidence: [
        fact(
          `secret ${namespace}/${here.name} is for this registry, but neither the pod nor ServiceAccount ${account} names it`,
          `secret ${namespace}/${here.name}`,
          failure.observedAt,
        ),
      ],
      phrase: 'a pull secret exists, but the ServiceAccount does not use it',
    };
  }
  if (facts.isKnown && pod.pullSecretNames.length > 0 && facts.missingNames.length < pod.pullSecretNames.length)
    return lacksHost(failure, host);
  const elsewhere = failure.otherSecrets.find((secret) => secret.namespace !== namespace && secret.matching.length > 0);
  if (elsewhere !== undefined) {
    return {
      detail: 'secret-in-other-namespace',
      evidence: [
        fact(
          `secret ${elsewhere.namespace}/${elsewhere.name} is for this registry, but pods use only secrets of their own namespace`,
          `secret ${elsewhere.namespace}/${elsewhere.name}`,
          failure.observedAt,
        ),
      ],
      phrase: 'the pull secret for the registry is in another namespace',
    };
  }
  const evidence =
    pod.pullSecretNames.length === 0
      ? [fact('the pod names no pull secret', `pod ${pod.name}`, failure.observedAt)]
      : [];
  return { evidence };
}

/** A secret that the ServiceAccount names now and the pod does not have. */
function attachedLater({ pod, serviceAccount }: PullFailure): string | undefined {
  if (pod === undefined || pod.pullSecretNames.length > 0) return undefined;
  return serviceAccount?.pullSecretNames[0];
}

/** A secret of the pod's own namespace that would have served. */
function usableSecret({ otherSecrets, namespace }: PullFailure): PullFailure['otherSecrets'][number] | undefined {
  return otherSecrets.find(
    (secret) => secret.namespace === namespace && secret.matching.some(({ isUsable }) => isUsable),
  );
}

/** The pod's secrets were read and have entries, for other hosts only. */
function lacksHost({ pullSecrets, observedAt }: PullFailure, host: string): Refinement {
  const entries = pullSecrets.flatMap((secret) => secret.entries.map((entry) => ({ secret, entry })));
  const location = ecrLocation(host);
  const otherRegion = entries.find(({ entry }) => {
    const theirs = ecrLocation(entry.registry);
    return location !== undefined && theirs?.account === location.account && theirs.region !== location.region;
  });
  if (location !== undefined && otherRegion !== undefined) {
    return {
      detail: 'ecr-wrong-region',
      evidence: [
        fact(
          `secret ${otherRegion.secret.name} holds a token for ${otherRegion.entry.ecrRegion ?? 'another region'}, the image is in ${location.region}`,
          `secret ${otherRegion.secret.namespace}/${otherRegion.secret.name}`,
          observedAt,
        ),
      ],
      phrase: `ECR pull secret is for another region than ${location.region}`,
    };
  }
  const nearest = entries
    .map(({ secret, entry }) => ({ secret, entry, far: distance(entry.registry, host) }))
    .sort((a, b) => a.far - b.far || a.entry.key.localeCompare(b.entry.key))[0];
  const names = pullSecrets.map(({ name }) => name).join(', ');
  const nearestText =
    nearest === undefined ? 'it has no entry at all' : `the nearest entry is for ${named(nearest.entry.key)}`;
  return {
    detail: 'secret-lacks-host',
    evidence: [
      fact(`${named(names)} has no entry for ${named(host)}; ${nearestText}`, 'pull secrets of the pod', observedAt),
    ],
    phrase: 'the pull secret has no entry for this registry',
  };
}
