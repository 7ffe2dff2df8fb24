import type { Plan } from '../../domain/remedy/plan.ts';

/**
 * The name that must be typed to confirm a dangerous plan: that of the first workload that it touches. It is what people
 * read in the message, so typing it means that they meant this one.
 */
export function nameToType({ changes, members }: Pick<Plan, 'changes' | 'members'>): string {
  for (const change of changes) {
    if (change.kind === 'set-images') return change.workload.name;
    if (change.kind === 'set-pull-secrets') return change.on.name;
    if (change.kind === 'refresh-secret') return change.name;
  }
  // `namespace/Kind/name/container`
  const workload = members[0]?.split('/')[2];
  if (workload !== undefined && workload !== '') return workload;
  const [first] = changes;
  return first?.kind === 'delete-pod' ? first.name : 'confirm';
}
