import type { Instant } from '../instant.ts';
import type { KubeSecret, Pod, ServiceAccount } from '../kubernetes.ts';
import { describePullSecret } from '../pull-secret/describe-pull-secret.ts';
import { openCredentials } from './credential-document.ts';
import { ECR_ANNOTATION, parseEcrAnnotation } from './ecr-annotation.ts';
import { readEcrRegistry } from './ecr-registry.ts';

/** One registry entry of a pull secret, for people. It holds no credential. */
export interface SecretRow {
  readonly namespace: string;
  readonly name: string;
  readonly registry: string;
  readonly key: string;
  readonly kind: 'ECR' | 'ECR Public' | 'token' | 'password' | 'none';
  readonly expiresAt: Instant | undefined;
  /** How the expiry is known. */
  readonly source: 'annotation' | 'token' | 'age' | undefined;
  readonly usedBy: readonly string[];
  readonly ownedBy: string | undefined;
  /** What is malformed: there is then one row for the whole secret. */
  readonly problem: string | undefined;
}

export function describeSecretUse(
  secret: KubeSecret,
  users: { readonly pods: readonly Pod[]; readonly accounts: readonly ServiceAccount[] },
): readonly SecretRow[] {
  const fact = describePullSecret(secret);
  const { namespace, name, ownedBy } = fact;
  const common = { namespace, name, ownedBy, usedBy: usersOf(namespace, name, users), problem: fact.problem };
  const document = openCredentials(secret);
  if (fact.state !== 'ok' || 'problem' in document) {
    return [{ ...common, registry: '', key: '', kind: 'none', expiresAt: undefined, source: undefined }];
  }
  const records = parseEcrAnnotation(secret.metadata?.annotations?.[ECR_ANNOTATION]);
  const hashes = new Map(document.entries.map(({ key, hash }) => [key, hash]));
  return fact.entries.map(({ key, registry, expiresAt, expirySource, isUsable }) => {
    const record = records.get(key);
    const isOurs = record !== undefined && record.hash === hashes.get(key);
    const service = readEcrRegistry(registry)?.service;
    const kind =
      service === undefined
        ? !isUsable
          ? 'none'
          : expirySource === 'token'
            ? 'token'
            : 'password'
        : service === 'ecr'
          ? 'ECR'
          : 'ECR Public';
    return {
      ...common,
      registry,
      key,
      kind,
      expiresAt: isOurs ? record.expiresAt : expiresAt,
      source: isOurs ? 'annotation' : expirySource,
    };
  });
}

/** Soonest first; what is unknown comes last. */
export function compareInstants(a: Instant | undefined, b: Instant | undefined): number {
  if (a === b) return 0;
  return (a ?? Number.POSITIVE_INFINITY) - (b ?? Number.POSITIVE_INFINITY);
}

function usersOf(
  namespace: string,
  name: string,
  { pods, accounts }: { readonly pods: readonly Pod[]; readonly accounts: readonly ServiceAccount[] },
): readonly string[] {
  const isNamed = (list: readonly { readonly name?: string }[] | undefined) => list?.some((one) => one.name === name);
  return [
    ...accounts
      .filter(({ metadata, imagePullSecrets }) => metadata?.namespace === namespace && isNamed(imagePullSecrets))
      .map(({ metadata }) => `serviceaccount ${metadata?.name}`),
    ...pods
      .filter(({ metadata, spec }) => metadata?.namespace === namespace && isNamed(spec?.imagePullSecrets))
      .map(({ metadata }) => `pod ${metadata?.name}`),
  ];
}
