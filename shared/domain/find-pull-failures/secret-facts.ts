import type { ImageReference } from '../image-reference.ts';
import type { Pod } from '../kubernetes.ts';
import type { Gap, ServiceAccountFact } from '../pull-failure.ts';
import { matchPullSecrets } from '../pull-secret/describe-pull-secret.ts';
import type { PullSecretFact } from '../pull-secret.ts';
import { shellCommand } from '../shell.ts';
import { nameOf, namespaceOf, type SnapshotIndex } from './index-snapshot.ts';
import { describePod } from './pod-fact.ts';

/** Secrets elsewhere that would serve the image are a hint; more of them say nothing more. */
const MOST_ELSEWHERE = 20;

export interface SecretFacts {
  readonly pullSecrets: readonly PullSecretFact[];
  readonly otherSecrets: readonly PullSecretFact[];
  readonly serviceAccount: ServiceAccountFact | undefined;
  readonly gaps: readonly Gap[];
}

/** The pull secrets that the kubelet would try for this pod and image, and the others that were read. */
export function readSecretFacts(pod: Pod, image: ImageReference | undefined, index: SnapshotIndex): SecretFacts {
  const namespace = namespaceOf(pod);
  const { pullSecretNames, serviceAccountName } = describePod(pod);
  const gaps: Gap[] = [];
  const used = pullSecretNames.map((name) => {
    const { fact, gap } = readSecret(namespace, name, index);
    if (gap !== undefined) gaps.push(gap);
    return fact;
  });
  const serviceAccount = readServiceAccount(namespace, serviceAccountName, index);
  return {
    pullSecrets: matchPullSecrets(used, image),
    otherSecrets: readOthers(namespace, pullSecretNames, serviceAccount, image, index),
    serviceAccount,
    gaps,
  };
}

function readSecret(
  namespace: string,
  name: string,
  index: SnapshotIndex,
): { readonly fact: PullSecretFact; readonly gap: Gap | undefined } {
  const read = index.secret(namespace, name);
  const what = `secret ${namespace}/${name} could not be read`;
  if (read !== undefined) {
    const gap = read.state === 'unreadable' ? { what, why: read.problem ?? 'nothing is known of it' } : undefined;
    return { fact: read, gap };
  }
  const notRead = Object.hasOwn(index.snapshot.secretsNotRead, `${namespace}/${name}`)
    ? index.snapshot.secretsNotRead[`${namespace}/${name}`]
    : undefined;
  if (notRead === 'missing')
    return { fact: absentSecret(namespace, name, 'missing', 'it does not exist'), gap: undefined };
  const gap = notRead ?? {
    what,
    why: 'it was not in the input',
    command: shellCommand`kubectl get secret -n ${namespace} ${name} -o json`,
  };
  return { fact: absentSecret(namespace, name, 'unreadable', gap.why), gap };
}

/** A Secret that is not there, or could not be read. */
export function absentSecret(
  namespace: string,
  name: string,
  state: 'missing' | 'unreadable',
  problem: string,
): PullSecretFact {
  return {
    namespace,
    name,
    state,
    problem,
    type: undefined,
    entries: [],
    matching: [],
    createdAt: undefined,
    lastWrittenBy: undefined,
    lastWrittenAt: undefined,
    ownedBy: undefined,
  };
}

/** @returns `undefined` where no ServiceAccount of the namespace was read */
function readServiceAccount(namespace: string, name: string, index: SnapshotIndex): ServiceAccountFact | undefined {
  const accounts = index.serviceAccountsIn(namespace);
  if (accounts.length === 0) return undefined;
  const account = accounts.find((candidate) => nameOf(candidate) === name);
  const names = (account?.imagePullSecrets ?? []).flatMap((reference) => reference.name ?? []);
  return { name, isFound: account !== undefined, pullSecretNames: [...new Set(names)] };
}

/**
 * What the pod does not name: the ServiceAccount's secrets, the other pull secrets of its namespace, and those of other
 * namespaces that would serve this image.
 */
function readOthers(
  namespace: string,
  used: readonly string[],
  serviceAccount: ServiceAccountFact | undefined,
  image: ImageReference | undefined,
  index: SnapshotIndex,
): readonly PullSecretFact[] {
  const here = index.pullSecrets.filter((secret) => secret.namespace === namespace && !used.includes(secret.name));
  const ofAccount = (serviceAccount?.pullSecretNames ?? [])
    .filter((name) => !used.includes(name) && !here.some((secret) => secret.name === name))
    // One that was never asked for is no fact.
    .filter((name) => index.secret(namespace, name) !== undefined || isAskedFor(namespace, name, index))
    .map((name) => readSecret(namespace, name, index).fact);
  const elsewhere = index.pullSecrets
    .filter((secret) => secret.namespace !== namespace)
    .flatMap((secret) => matchPullSecrets([secret], image))
    .filter(({ matching }) => matching.length > 0)
    .slice(0, MOST_ELSEWHERE);
  return [...[...ofAccount, ...here].flatMap((secret) => matchPullSecrets([secret], image)), ...elsewhere];
}

function isAskedFor(namespace: string, name: string, index: SnapshotIndex): boolean {
  return Object.hasOwn(index.snapshot.secretsNotRead, `${namespace}/${name}`);
}
