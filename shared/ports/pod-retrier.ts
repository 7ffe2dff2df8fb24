import type { Pod } from '../domain/kubernetes.ts';
import type { StuckPod } from '../domain/refresh/choose-stuck-pods.ts';
import type { Read } from './cluster.ts';
import type { Written } from './secret-writer.ts';

/**
 * Lets pods that wait out a back-off be made anew by their controller, with the refresh identity. Each call ends within
 * 10 s.
 * @throws {ClusterError} for 401, 429, 5xx and no answer
 */
export interface PodRetrier {
  listPendingPods(namespace: string): Promise<Read<readonly Pod[]>>;
  /** Only if it still is what was read: uid and resourceVersion are preconditions. `conflict`: it is not. */
  deletePod(pod: StuckPod): Promise<Read<Written>>;
}
