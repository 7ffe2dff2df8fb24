import type { PullFailure } from '../../domain/pull-failure.ts';
import type { PullSecretEntry, PullSecretFact } from '../../domain/pull-secret.ts';

/** What is known of the credentials that the kubelet would send. */
export interface CredentialFacts {
  /** Whether every secret that the pod names was read or proven missing. Only then may absence be concluded. */
  readonly isKnown: boolean;
  /** Entries that the kubelet would try, with the secret that holds them. */
  readonly matching: readonly { readonly secret: PullSecretFact; readonly entry: PullSecretEntry }[];
  readonly malformed: readonly PullSecretFact[];
  /** Names of the pod's secrets that do not exist: as the API server said, or as the kubelet's event says. */
  readonly missingNames: readonly string[];
  /** Secrets of the pod that the kubelet missed at its last try and that were created since, with an entry for the host. */
  readonly createdSince: readonly PullSecretFact[];
  /** Whether the API server itself was asked for them. */
  readonly isMissingProven: boolean;
}

export function credentialFacts(failure: PullFailure): CredentialFacts {
  const { pod, pullSecrets } = failure;
  const proven = pullSecrets.filter(({ state }) => state === 'missing').map(({ name }) => name);
  const told = missingByEvent(failure).filter((name) => !proven.includes(name));
  const names = new Set(pullSecrets.map(({ name }) => name));
  return {
    isKnown:
      pod !== undefined &&
      pullSecrets.every(({ state }) => state !== 'unreadable') &&
      pod.pullSecretNames.every((name) => names.has(name)),
    matching: pullSecrets.flatMap((secret) => secret.matching.map((entry) => ({ secret, entry }))),
    malformed: pullSecrets.filter(({ state }) => state === 'malformed'),
    missingNames: [...proven, ...told],
    createdSince: createdSince(failure),
    isMissingProven: proven.length > 0,
  };
}

/** Whether an entry that the kubelet sends is past its expiry. */
export function hasExpiredEntry(failure: PullFailure): boolean {
  return credentialFacts(failure).matching.some(
    ({ entry }) => entry.expiresAt !== undefined && entry.expiresAt <= failure.observedAt,
  );
}

function createdSince({ events, pullSecrets, lastFailedAt }: PullFailure): readonly PullSecretFact[] {
  if (lastFailedAt === undefined) return [];
  const missed = new Set(unretrievableOf(events));
  return pullSecrets.filter(
    ({ name, state, createdAt, matching }) =>
      state === 'ok' && matching.length > 0 && missed.has(name) && createdAt !== undefined && createdAt > lastFailedAt,
  );
}

function unretrievableOf(events: PullFailure['events']): readonly string[] {
  return events
    .filter(({ reason }) => reason === 'FailedToRetrieveImagePullSecret')
    .flatMap(({ message }) => namesOfUnretrievable(message));
}

/**
 * `Unable to retrieve some image pull secrets (a, b); …`, kubelet 1.28 and later. Secrets that were read meanwhile exist;
 * the event is older than that.
 */
function missingByEvent({ events, pod, pullSecrets }: PullFailure): readonly string[] {
  const exists = new Set(
    pullSecrets.filter(({ state }) => state === 'ok' || state === 'malformed').map(({ name }) => name),
  );
  return unretrievableOf(events)
    .filter((name, index, all) => all.indexOf(name) === index)
    .filter((name) => !exists.has(name) && (pod === undefined || pod.pullSecretNames.includes(name)));
}

/** Names in the kubelet's words for a pull secret that it could not read, of any version. */
export function namesOfUnretrievable(text: string): readonly string[] {
  const list = /image pull secrets? \(([^)]{1,2000})\)/i.exec(text)?.[1];
  if (list !== undefined)
    return list
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '');
  // Before 1.28: `Unable to retrieve pull secret NS/NAME for NS/POD due to …`.
  const one = /pull secret "?(?:[a-z0-9-]{1,63}\/)?([a-z0-9.-]{1,253})"?/i.exec(text)?.[1];
  return one === undefined ? [] : [one];
}
