import type { KubeSecret, Namespace, ServiceAccount } from '../domain/kubernetes.ts';
import type { NewPullSecret } from '../domain/refresh/pull-secret-manifest.ts';
import type { Secret } from '../domain/secret.ts';
import type { Read } from './cluster.ts';
import type { PodRetrier } from './pod-retrier.ts';

/** One write to an existing Secret: its credentials and pullmedic's own annotation, nothing else. */
export interface SecretPatch {
  readonly namespace: string;
  readonly name: string;
  /** As read: the write is refused when somebody else wrote in between. */
  readonly resourceVersion: string;
  /** `.dockerconfigjson` or `.dockercfg`. */
  readonly dataKey: string;
  /** Base64. */
  readonly data: Secret;
  /** Value of `pullmedic.dev/ecr`. */
  readonly annotation: string;
}

/**
 * What became of a write. `conflict`: somebody else wrote first, or it is there already: read again. `gone`: the Secret
 * or its namespace is not there. `refused`: the cluster's rules forbid it, `why` in its own words.
 */
export type Written =
  | { readonly kind: 'written' }
  | { readonly kind: 'conflict' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'refused'; readonly why: string };

/**
 * Reads and writes pull secrets of one cluster with the refresh identity. It deletes nothing. Each call ends within 10 s
 * and may reach the server twice.
 * @throws {ClusterError} for 401, 429, 5xx and no answer: it may be tried again
 */
export interface SecretWriter {
  /**
   * All Secrets of a type, of one namespace or of the cluster, page by page; the next page is fetched while `onPage`
   * works. A list that outlived its snapshot starts over: `onPage` may see a Secret twice.
   */
  listSecrets(
    filter: { readonly namespace?: string | undefined; readonly type: string },
    onPage: (secrets: readonly KubeSecret[]) => void | Promise<void>,
  ): Promise<Read<undefined>>;
  getSecret(namespace: string, name: string): Promise<Read<KubeSecret | 'missing'>>;
  patchSecret(patch: SecretPatch): Promise<Read<Written>>;
  /** Of type kubernetes.io/dockerconfigjson. */
  createSecret(secret: NewPullSecret): Promise<Read<Written>>;
  listNamespaces(label: { readonly key: string; readonly value: string }): Promise<Read<readonly Namespace[]>>;
  listServiceAccounts(namespace: string | undefined): Promise<Read<readonly ServiceAccount[]>>;
  /**
   * Adds one name to the `imagePullSecrets` that were read. The API server replaces that list whole (it is atomic), so
   * it is written under the account's resourceVersion: `conflict` where somebody changed it meanwhile.
   */
  attachSecret(account: ServiceAccount, secret: string): Promise<Read<Written>>;
}

/** Opens clusters by their configured name. */
export interface SecretWriters {
  /** @throws {ConfigError} for a name that is not configured, {CredentialError} when its credential cannot be read */
  writer(cluster: string): Promise<SecretWriter>;
  /** Left out = no pod is retried. Throws as `writer` does. */
  retrier?(cluster: string): Promise<PodRetrier>;
}
