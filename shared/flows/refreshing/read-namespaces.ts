import { isOptedOut } from '../../domain/refresh/plan-secret.ts';
import type { RefreshTarget } from '../../domain/refresh/target.ts';
import type { Read } from '../../ports/cluster.ts';
import type { SecretWriter } from '../../ports/secret-writer.ts';

/**
 * Names of the namespaces that a target goes by: those that it names, or the live ones that bear its label and do not
 * opt out.
 * @param openCluster called only where a label is to be looked up
 * @throws whatever `openCluster` and the cluster throw
 */
export async function readNamespaces(
  openCluster: () => Promise<SecretWriter>,
  { namespaces }: RefreshTarget,
): Promise<Read<readonly string[]>> {
  if (namespaces.kind === 'names') return { ok: true, value: namespaces.names };
  const read = await (await openCluster()).listNamespaces(namespaces);
  if (!read.ok) return read;
  const live = read.value.filter((one) => !one.metadata?.deletionTimestamp && !isOptedOut(one));
  return { ok: true, value: live.flatMap(({ metadata }) => metadata?.name ?? []) };
}
