import { absentSecret } from '../domain/find-pull-failures/secret-facts.ts';
import type { Instant } from '../domain/instant.ts';
import type { KubeSecret } from '../domain/kubernetes.ts';
import { describePullSecret, matchPullSecrets } from '../domain/pull-secret/describe-pull-secret.ts';
import type { PullSecretFact } from '../domain/pull-secret.ts';
import { describeSecretUse } from '../domain/refresh/describe-secret-use.ts';
import type { PreflightSnapshot } from './snapshot.ts';

/** The pull secrets of a snapshot, as the kubelet would use them. */
export interface SecretBook {
  /** Exactly those names, in their order, with the entries that match the image. */
  namedBy(namespace: string, names: readonly string[], image: ImageName | undefined): readonly PullSecretFact[];
  /** Those that were read, are not named and would serve the image: of the namespace first. */
  others(namespace: string, names: readonly string[], image: ImageName | undefined): readonly PullSecretFact[];
  /** Who keeps an entry fresh, in words; `undefined` = nobody that is known. */
  renewerOf(secret: PullSecretFact, key: string): string | undefined;
}

type ImageName = Parameters<typeof matchPullSecrets>[1] & object;

/** Secrets elsewhere that would serve the image are a hint; more of them say nothing more. */
const MOST_OTHERS = 20;
/** A secret that was written again so long after its creation has a writer that comes back. */
const WRITTEN_AGAIN_MS = 10 * 60_000;

export function createSecretBook({ secrets, secretsNotRead }: PreflightSnapshot): SecretBook {
  const facts = new Map<string, PullSecretFact>();
  /** `namespace/name key` of entries that pullmedic's own annotation describes. */
  const ours = new Set<string>();
  for (const secret of secrets) {
    const { fact, annotated } = describe(secret);
    facts.set(idOf(fact), fact);
    for (const key of annotated) ours.add(`${idOf(fact)} ${key}`);
  }
  const byNamespace = Map.groupBy(facts.values(), ({ namespace }) => namespace);
  /** Some that serve a repository: for every workload that pulls it they are the same. */
  const serving = new Map<string, readonly PullSecretFact[]>();

  function servingFor(image: ImageName): readonly PullSecretFact[] {
    const key = `${image.registry}/${image.repository}`;
    const known = serving.get(key);
    if (known !== undefined) return known;
    const found: PullSecretFact[] = [];
    for (const fact of facts.values()) {
      const [matched] = matchPullSecrets([fact], image);
      if (matched !== undefined && matched.matching.length > 0) found.push(matched);
      // One for each namespace is the usual case: thousands of them say no more than a few.
      if (found.length > MOST_OTHERS) break;
    }
    serving.set(key, found);
    return found;
  }

  function absent(namespace: string, name: string): PullSecretFact {
    const why = secretsNotRead.get(`${namespace}/${name}`);
    const isMissing = why === 'missing';
    const problem = isMissing ? 'it does not exist' : (why?.why ?? 'it was not in the input');
    return absentSecret(namespace, name, isMissing ? 'missing' : 'unreadable', problem);
  }

  return {
    namedBy(namespace, names, image) {
      const named = names.map((name) => facts.get(`${namespace}/${name}`) ?? absent(namespace, name));
      return matchPullSecrets(named, image);
    },
    others(namespace, names, image) {
      if (image === undefined) return [];
      const here = (byNamespace.get(namespace) ?? [])
        .filter(({ name }) => !names.includes(name))
        .flatMap((fact) => matchPullSecrets([fact], image))
        .filter(({ matching }) => matching.length > 0);
      const elsewhere = servingFor(image).filter((fact) => fact.namespace !== namespace);
      return [...here, ...elsewhere].slice(0, MOST_OTHERS);
    },
    renewerOf(secret, key) {
      if (ours.has(`${idOf(secret)} ${key}`)) return 'pullmedic';
      if (secret.ownedBy !== undefined) return secret.ownedBy;
      const { createdAt, lastWrittenAt, lastWrittenBy } = secret;
      const isWrittenAgain =
        createdAt !== undefined && lastWrittenAt !== undefined && lastWrittenAt - createdAt > WRITTEN_AGAIN_MS;
      return isWrittenAgain ? lastWrittenBy : undefined;
    },
  };
}

/** With the expiry that pullmedic wrote beside the credential, where it is about this very one. */
function describe(secret: KubeSecret): { readonly fact: PullSecretFact; readonly annotated: readonly string[] } {
  const fact = describePullSecret(secret);
  const annotated = new Map<string, Instant>();
  for (const { key, source, expiresAt } of describeSecretUse(secret, { pods: [], accounts: [] })) {
    if (source === 'annotation' && expiresAt !== undefined) annotated.set(key, expiresAt);
  }
  if (annotated.size === 0) return { fact, annotated: [] };
  const entries = fact.entries.map((entry) => {
    const expiresAt = annotated.get(entry.key);
    return expiresAt === undefined ? entry : { ...entry, expiresAt, expirySource: 'annotation' as const };
  });
  return { fact: { ...fact, entries }, annotated: [...annotated.keys()] };
}

function idOf({ namespace, name }: PullSecretFact): string {
  return `${namespace}/${name}`;
}
