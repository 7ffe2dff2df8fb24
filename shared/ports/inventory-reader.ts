import type { KubeObject, KubeSecret, WorkloadKind } from '../domain/kubernetes.ts';
import type { Read } from './cluster.ts';

/** Kinds that are listed whole. */
export type InventoryKind = WorkloadKind | 'Pod' | 'Node' | 'ServiceAccount';

/**
 * Lists whole kinds of one cluster. It writes nothing. Each page and each call ends within 10 s.
 * @throws {ClusterError} for 401, 429, 5xx and no answer
 */
export interface InventoryReader {
  /**
   * All objects of a kind, of one namespace or of the cluster, page by page, in the API server's own JSON, so that
   * whoever needs little of them keeps little. `isFirst`: what came before does not count any more (the list outlived
   * its snapshot).
   */
  list(
    kind: InventoryKind,
    namespace: string | undefined,
    onPage: (objects: readonly KubeObject[], isFirst: boolean) => void,
  ): Promise<Read<undefined>>;
  /** `missing` when the API server says 404. */
  getSecret(namespace: string, name: string): Promise<Read<KubeSecret | 'missing'>>;
}

/** Opens clusters by their configured name. */
export interface InventoryReaders {
  /** @throws {ConfigError} for a name that is not configured, {CredentialError} when its credential cannot be read */
  inventory(cluster: string): Promise<InventoryReader>;
}
