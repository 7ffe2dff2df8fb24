import { distance } from 'fastest-levenshtein';
import type { Evidence } from '../../domain/finding.ts';
import type { PullFailure } from '../../domain/pull-failure.ts';
import { ecrLocation } from '../../registries/recognise.ts';
import { credentialFacts } from './credentials.ts';
import { fact, named } from './evidence.ts';
import { lastWriter } from './last-writer.ts';
import { isRefused, registryFacts } from './registry-facts.ts';
import { registryHost } from './subjects.ts';

/** Why the kubelet has no credential to send. */
export interface LackingSecret {
  readonly detail?: string;
  readonly evidence: readonly Evidence[];
  readonly phrase?: string;
}

/** What the gathered objects say of why there is none, most exact first. */
export function lackingSecret(failure: PullFailure): LackingSecret | undefined {
  const { pod, serviceAccount, namespace } = failure;
  const facts = credentialFacts(failure);
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
function attachedLater({ pod, serviceAccount, otherSecrets, namespace }: PullFailure): string | undefined {
  if (pod === undefined || pod.pullSecretNames.length > 0) return undefined;
  return serviceAccount?.pullSecretNames.find((name) => {
    const secret = otherSecrets.find((other) => other.name === name && other.namespace === namespace);
    // One that is known to be of no use would not help a new pod either.
    return secret === undefined || secret.state === 'unreadable' || secret.matching.length > 0;
  });
}

/** A secret of the pod's own namespace that would have served. */
export function usableSecret(failure: PullFailure): PullFailure['otherSecrets'][number] | undefined {
  const { otherSecrets, namespace } = failure;
  const tried = registryFacts(failure)?.others ?? [];
  const isRefusedThere = (name: string) =>
    tried.some((attempt) => attempt.credential?.secret === name && isRefused(attempt));
  return otherSecrets.find(
    (secret) =>
      secret.namespace === namespace &&
      secret.matching.some(({ isUsable }) => isUsable) &&
      !isRefusedThere(secret.name),
  );
}

/** The pod's secrets were read and have entries, for other hosts only. */
function lacksHost({ pullSecrets, observedAt }: PullFailure, host: string): LackingSecret {
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
  const only = pullSecrets.length === 1 ? pullSecrets[0] : undefined;
  const nearestText =
    nearest === undefined ? 'it has no entry at all' : `the nearest entry is for ${named(nearest.entry.key)}`;
  return {
    detail: 'secret-lacks-host',
    evidence: [
      fact(
        `${named(names)} has no entry for ${named(host)}; ${nearestText}${only === undefined ? '' : lastWriter(only)}`,
        'pull secrets of the pod',
        observedAt,
      ),
    ],
    phrase: 'the pull secret has no entry for this registry',
  };
}
