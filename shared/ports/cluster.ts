import type { KubeEvent, KubeSecret, Namespace, Node, Pod, ServiceAccount, Workload } from '../domain/kubernetes.ts';
import type { Gap } from '../domain/pull-failure.ts';

/** Read, or a stated gap (403, 404 of a whole API). What may heal is thrown instead. */
export type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly gap: Gap };

export type WorkloadKind = 'Deployment' | 'ReplicaSet' | 'StatefulSet' | 'DaemonSet' | 'Job' | 'CronJob';

/**
 * Reads one cluster with the triage identity. Lists are paged inside. Each call ends within 10 s.
 * @throws {ClusterError} for 401, 429, 5xx and no answer: the look fails and is tried again
 */
export interface ClusterReader {
  listPods(filter: {
    readonly namespace?: string;
    readonly node?: string;
    readonly isPendingOnly?: boolean;
  }): Promise<Read<readonly Pod[]>>;
  listEvents(namespace: string): Promise<Read<readonly KubeEvent[]>>;
  listServiceAccounts(namespace: string): Promise<Read<readonly ServiceAccount[]>>;
  listWorkloads(namespace: string, kind: WorkloadKind): Promise<Read<readonly Workload[]>>;
  /** `missing` when the API server says 404. */
  getSecret(namespace: string, name: string): Promise<Read<KubeSecret | 'missing'>>;
  getNode(name: string): Promise<Read<Node | 'missing'>>;
  getNamespace(name: string): Promise<Read<Namespace | 'missing'>>;
}

/** Opens clusters by their configured name; the connection pool is kept per process. */
export interface Clusters {
  /** @throws {ConfigError} for a name that is not configured, {CredentialError} when its credential cannot be read */
  reader(cluster: string): Promise<ClusterReader>;
}
