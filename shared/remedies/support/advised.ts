import { isAdvised, MODE_ANNOTATION } from '../../domain/refresh/plan-secret.ts';
import type { RemedyContext } from '../remedy.ts';
import { leadOf } from './lead.ts';

/** What asks by annotation or label that nothing of it be changed, in words; it wins over every policy. */
export function findAdvised(context: RemedyContext): string | undefined {
  const { member, failures, world } = context;
  const { namespace, workloadKind, workloadName } = member;
  const { index } = world;
  const workload = world.workload(namespace, workloadKind, workloadName);
  const byAnnotation = leadOf(context).failure.workload?.annotations[MODE_ANNOTATION] === 'advise';
  if (byAnnotation || isAdvised(workload)) return `${workloadKind} ${namespace}/${workloadName}`;

  const accounts = new Set(failures.flatMap(({ failure }) => failure.pod?.serviceAccountName ?? []));
  const account = index
    .serviceAccountsIn(namespace)
    .find((one) => accounts.has(one.metadata?.name ?? '') && isAdvised(one));
  if (account !== undefined) return `ServiceAccount ${namespace}/${account.metadata?.name}`;

  const isNamespace = index.snapshot.namespaces.some((one) => one.metadata?.name === namespace && isAdvised(one));
  return isNamespace ? `namespace ${namespace}` : undefined;
}
