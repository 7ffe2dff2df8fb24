import type { Instant } from './instant.ts';
import type { KubeEvent, KubeSecret, Namespace, Node, Pod, ServiceAccount, Workload } from './kubernetes.ts';
import type { Gap } from './pull-failure.ts';

/** What was read of a cluster, or of recorded objects: the input of `findPullFailures`. Plain Kubernetes objects. */
export interface ClusterSnapshot {
  readonly cluster: string | undefined;
  readonly pods: readonly Pod[];
  readonly events: readonly KubeEvent[];
  /** Secrets that were read. */
  readonly secrets: readonly KubeSecret[];
  /**
   * Secrets that were asked for and not got, by `namespace/name`: `missing` (404) or `unreadable` (the gap says why).
   * A secret that is in neither list was never asked for: nothing may be concluded of it.
   */
  readonly secretsNotRead: Readonly<Record<string, 'missing' | Gap>>;
  readonly serviceAccounts: readonly ServiceAccount[];
  readonly nodes: readonly Node[];
  /** Names of nodes that were asked for and do not exist (404). */
  readonly nodesMissing?: readonly string[] | undefined;
  /** Deployments, ReplicaSets, StatefulSets, DaemonSets, Jobs and CronJobs; `kind` is always set. */
  readonly workloads: readonly Workload[];
  readonly namespaces: readonly Namespace[];
  readonly gaps: readonly Gap[];
  readonly observedAt: Instant;
}
