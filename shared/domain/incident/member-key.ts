import type { Member } from '../incident.ts';

/** A member's identity within a cluster: `namespace/Kind/name/container`. None of these holds a slash. */
export function memberKey(
  namespace: string,
  workload: { readonly kind: string; readonly name: string },
  container: string,
): string {
  return `${namespace}/${workload.kind}/${workload.name}/${container}`;
}

/** The same of a member's workload: `namespace/Kind/name`. */
export function workloadKey(member: Pick<Member, 'namespace' | 'workloadKind' | 'workloadName'>): string {
  return `${member.namespace}/${member.workloadKind}/${member.workloadName}`;
}

/** How people call a member's workload: `shop/checkout`. */
export function workloadLabel(member: Pick<Member, 'namespace' | 'workloadName'>): string {
  return `${member.namespace}/${member.workloadName}`;
}
