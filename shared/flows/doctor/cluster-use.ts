import type { ClusterAccess, ClusterConfig } from '../../config/config.ts';
import type { Identity } from '../../domain/permissions.ts';
import { targetsOf } from '../../domain/refresh/want-secrets.ts';
import type { DoctorDeps } from './doctor-deps.ts';

/** Everything that runs as one credential of one cluster. */
export interface ClusterUse {
  readonly cluster: ClusterConfig;
  readonly access: ClusterAccess;
  /** Those that are used by the configuration, and share the credential. */
  readonly identities: readonly Identity[];
}

/** `prod-eu as triage, refresh`. */
export function subjectOf({ cluster, identities }: ClusterUse): string {
  return `${cluster.name} as ${identities.join(', ')}`;
}

/** The credentials that are used in a cluster, each with all that it is used for. */
export function usesOf(cluster: ClusterConfig, config: DoctorDeps['config']): readonly ClusterUse[] {
  const used = (['triage', 'refresh', 'remedy'] as const).filter((identity) => isUsed(identity, cluster, config));
  const byAccess = Map.groupBy(used, (identity) => JSON.stringify(accessOf(cluster, identity)));
  return [...byAccess.values()].map((identities) => ({
    cluster,
    access: accessOf(cluster, identities[0] ?? 'triage'),
    identities,
  }));
}

export function isUsed(identity: Identity, { name }: ClusterConfig, config: DoctorDeps['config']): boolean {
  if (identity === 'refresh') return targetsOf(name, config.targets).length > 0;
  return identity === 'triage' || (config.policy.mode === 'by-rule' && config.policy.rules.length > 0);
}

function accessOf({ access, refreshAccess, remedyAccess }: ClusterConfig, identity: Identity): ClusterAccess {
  if (identity === 'refresh') return refreshAccess ?? access;
  return identity === 'remedy' ? (remedyAccess ?? access) : access;
}
