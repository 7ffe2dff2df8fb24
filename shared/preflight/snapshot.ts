import type { Instant } from '../domain/instant.ts';
import type { KubeSecret } from '../domain/kubernetes.ts';
import type { Gap } from '../domain/pull-failure.ts';
import type { PreflightNode, PreflightPod, PreflightServiceAccount, PreflightWorkload } from './objects.ts';

/** What was read of a cluster, of manifests, or of both: the input of a preflight. */
export interface PreflightSnapshot {
  readonly cluster: string | undefined;
  readonly observedAt: Instant;
  readonly workloads: readonly PreflightWorkload[];
  readonly pods: readonly PreflightPod[];
  /** `undefined` where they were not read: nothing is known of platforms and caches then. */
  readonly nodes: readonly PreflightNode[] | undefined;
  readonly serviceAccounts: readonly PreflightServiceAccount[];
  /** Whether a ServiceAccount that is not among them does not exist; manifests alone never tell. */
  readonly knowsServiceAccounts: boolean;
  /** Secrets that were read. */
  readonly secrets: readonly KubeSecret[];
  /** By `namespace/name`, those that were asked for and not got. One in neither list was never asked for. */
  readonly secretsNotRead: ReadonlyMap<string, 'missing' | Gap>;
  /** Platforms such as `linux/arm64` that somebody asks for, beside those of the nodes. */
  readonly platforms: readonly string[];
  readonly gaps: readonly Gap[];
}
