import type { Instant } from '../domain/instant.ts';
import type {
  KubeEvent,
  KubeSecret,
  Namespace,
  Node,
  Pod,
  ServiceAccount,
  Workload,
  WorkloadKind,
} from '../domain/kubernetes.ts';
import type { Gap } from '../domain/pull-failure.ts';

/** Read, or a stated gap (403, 404 of a whole API). What may heal is thrown instead. */
export type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly gap: Gap };

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

/** An Event on a pod: what `kubectl describe pod` ends with. */
export interface PodNote {
  readonly namespace: string;
  readonly pod: { readonly name: string; readonly uid: string };
  /** Deterministic: the same for the same pod and cause. */
  readonly name: string;
  readonly reason: string;
  /** One line, redacted, at most 1,024 bytes. */
  readonly message: string;
  readonly fieldPath: string | undefined;
  /** How often it was said, this time included: 1 = it is not there yet. */
  readonly count: number;
  readonly at: Instant;
}

/** Writes Events with the triage identity: the one thing that it may write, and may be left without. */
export interface ClusterNoter {
  /**
   * Says it, or says it once more. Idempotent by name. Ends within 10 s.
   * @returns a stated gap where it may not be written (403); asked again 10 minutes later at the earliest
   * @throws {ClusterError} for anything else
   */
  note(note: PodNote): Promise<Read<undefined>>;
}

/** Opens clusters by their configured name; the connection pool is kept per process. */
export interface Clusters {
  /** @throws {ConfigError} for a name that is not configured, {CredentialError} when its credential cannot be read */
  reader(cluster: string): Promise<ClusterReader>;
  /** Left out where nothing may be written. Throws as `reader` does. */
  noter?(cluster: string): Promise<ClusterNoter>;
}
