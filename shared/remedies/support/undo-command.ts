import type { WorkloadName } from '../../domain/remedy/change.ts';
import { shellCommand } from '../../domain/shell.ts';

/** What does by hand what pullmedic may not: back to a whole revision. */
export function undoCommand({ kind, namespace, name }: WorkloadName, revision: string | undefined): string | undefined {
  const workload = `${kind.toLowerCase()}/${name}`;
  if (revision === undefined || !/^\d+$/.test(revision)) {
    return shellCommand`kubectl -n ${namespace} rollout undo ${workload}`;
  }
  return shellCommand`kubectl -n ${namespace} rollout undo ${workload} --to-revision=${revision}`;
}
