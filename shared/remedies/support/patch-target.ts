import type { Workload } from '../../domain/kubernetes.ts';
import type { PatchableKind, SetPullSecrets, WorkloadName } from '../../domain/remedy/change.ts';
import type { NoPlan } from '../../domain/remedy/plan.ts';
import type { RemedyContext } from '../remedy.ts';
import { noPlan } from './no-plan.ts';

/** A workload whose pod template may be changed, as it was read. */
export interface PatchTarget {
  readonly name: WorkloadName;
  readonly object: Workload;
}

const PATCHABLE: readonly string[] = ['Deployment', 'StatefulSet', 'DaemonSet'] satisfies readonly PatchableKind[];

/** The member's workload, or why its template is not changed. */
export function findPatchTarget({ member, world }: RemedyContext): PatchTarget | NoPlan {
  const { namespace, workloadKind: kind, workloadName: name } = member;
  const label = `${kind} ${namespace}/${name}`;
  if (kind === 'Pod') return noPlan(`Pod ${namespace}/${name} belongs to no workload: make it anew with a good image`);
  if (!isPatchable(kind)) {
    const whose =
      kind === 'Job' || kind === 'CronJob' ? 'runs of it that failed are counted' : 'it is not changed here';
    return noPlan(`${label} is changed by hand: pullmedic changes Deployments, StatefulSets and DaemonSets; ${whose}`);
  }
  const object = world.workload(namespace, kind, name);
  if (object === undefined) return noPlan(`${label} could not be read: nothing is changed unseen`);
  if (object.metadata?.deletionTimestamp != null) return noPlan(`${label} is being deleted`);
  return { name: { kind, namespace, name }, object };
}

function isPatchable(kind: string): kind is PatchableKind {
  return PATCHABLE.includes(kind);
}

/** `Deployment shop/web`, `ServiceAccount shop/default`. */
export function describeWorkloadName({ kind, namespace, name }: SetPullSecrets['on']): string {
  return `${kind} ${namespace}/${name}`;
}
