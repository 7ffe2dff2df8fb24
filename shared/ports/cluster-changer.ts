import type { Applied, ClusterChange } from '../domain/remedy/change.ts';
import type { ClusterReader } from './cluster.ts';

/**
 * Changes one cluster with the remedy identity. Each call reads the object first: equal to `after` = `already`, equal to
 * `before` = changed under its resourceVersion (a pod: uid and resourceVersion), anything else = left alone. So it may be
 * called again after any crash. Field manager `pullmedic`. Ends within 10 s.
 * @throws {ClusterError} for 401, 429, 5xx and no answer: it may be tried again
 */
export interface ClusterChanger {
  /** @param by for the annotation `pullmedic.dev/changed-by`, at most 200 characters: `alice (U012) roll-back` */
  apply(change: ClusterChange, options: { readonly isDryRun: boolean; readonly by: string }): Promise<Applied>;
}

/** Opens clusters as the remedy identity, by their configured name. */
export interface RemedyClusters {
  /** @throws {ConfigError} for a name that is not configured, {CredentialError} when its credential cannot be read */
  reader(cluster: string): Promise<ClusterReader>;
  changer(cluster: string): Promise<ClusterChanger>;
}
