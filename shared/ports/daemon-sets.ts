import type { DaemonSetManifest } from '../domain/prepull/daemon-set.ts';
import type { Read } from './cluster.ts';

/** How a DaemonSet stands. */
export interface DaemonSetState {
  readonly uid: string | undefined;
  /** Whether its controller has looked at it: before that the counts say nothing. */
  readonly isObserved: boolean;
  /** Nodes that should run its pod. */
  readonly desired: number;
}

/**
 * The DaemonSets of one cluster, as the person at the terminal: no identity of pullmedic may create one. Ends within 10 s.
 * @throws {ClusterError} for 401, 429, 5xx and no answer, and for any other answer that is not expected
 */
export interface DaemonSets {
  /** `refused` where the API server does not take it: what it said. */
  create(manifest: DaemonSetManifest): Promise<Read<'created' | { readonly refused: string }>>;
  read(namespace: string, name: string): Promise<Read<DaemonSetState | 'missing'>>;
  /** With its pods; it is `missing` once all of them are gone. */
  delete(namespace: string, name: string): Promise<Read<'deleted' | 'missing'>>;
}
