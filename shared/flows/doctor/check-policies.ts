import type { Check } from '../../domain/doctor/check.ts';
import { ADMISSION_POLICIES } from '../../domain/permissions.ts';
import type { ClusterInspector } from '../../ports/inspection.ts';
import { attempt } from './attempt.ts';
import { type ClusterUse, subjectOf } from './cluster-use.ts';
import type { DoctorDeps } from './doctor-deps.ts';

const INSTALL = 'kubectl apply --server-side --kustomize infra/kubernetes/overlays/triage';

/** Whether the admission policies that hold the identities to their work are there, as far as this one may know. */
export async function checkPolicies(use: ClusterUse, inspector: ClusterInspector, deps: DoctorDeps): Promise<Check> {
  const line = { area: 'cluster', subject: `${subjectOf(use)}: admission policies` } as const;
  const state = await attempt(() => inspector.policies(ADMISSION_POLICIES), deps.limitMs);
  if (!state.ok) return { ...line, outcome: 'fail', seen: state.why };
  switch (state.value.kind) {
    case 'there':
      return { ...line, outcome: 'ok', seen: 'installed' };
    case 'unknown':
      return { ...line, outcome: 'skipped', seen: state.value.why };
    case 'missing':
      return {
        ...line,
        outcome: 'warn',
        seen: `not installed: ${state.value.names.join(', ')}`,
        advice: 'RBAC alone cannot say "only the tag" or "only stuck pods": install them',
        commands: [INSTALL],
      };
    case 'not-enforced':
      return {
        ...line,
        outcome: 'warn',
        seen: 'a dry-run of an event that they refuse was let through: not installed, or they do not know this user',
        advice: 'install them, and reach the cluster as a service account or group that they name',
        commands: [INSTALL],
      };
  }
}
