import { createHash } from 'node:crypto';
import type { Change } from '../domain/remedy/change.ts';
import type { Plan } from '../domain/remedy/plan.ts';

/**
 * Equal for two plans that do the same: what is applied must be what was shown. Wording, counts and the order of what is
 * independent do not matter; which objects, from what and to what, and how dangerous that is, does: whoever confirmed
 * something careful was not asked to type a name.
 */
export function planHash({ remedyId, choice, danger, changes }: Plan): string {
  const words = changes.map((change) => JSON.stringify(wordOf(change))).sort();
  return createHash('sha256')
    .update(JSON.stringify([remedyId, choice ?? null, danger, words]))
    .digest('hex');
}

/** A list in a fixed order: keys of an object come in any. */
function wordOf(change: Change): readonly unknown[] {
  switch (change.kind) {
    case 'set-images': {
      const { kind, namespace, name } = change.workload;
      const containers = change.containers.map(({ name, isInit, before, after }) => [name, isInit, before, after]);
      return [change.kind, kind, namespace, name, containers.map((one) => JSON.stringify(one)).sort()];
    }
    case 'set-pull-secrets':
      return [change.kind, change.on.kind, change.on.namespace, change.on.name, change.before, change.after];
    case 'delete-pod':
      return [change.kind, change.namespace, change.name, change.uid];
    case 'refresh-secret':
      return [change.kind, change.namespace, change.name, change.target, change.identity, change.isMissing];
    case 'silence-alerts': {
      const matchers = change.matchers.map(({ name, value }) => JSON.stringify([name, value])).sort();
      return [change.kind, change.alertmanager, matchers, change.minutes];
    }
    case 'end-silence':
      return [change.kind, change.alertmanager, change.silenceId];
  }
}
