import type { Change, WorkloadName } from '../../domain/remedy/change.ts';

/** A change as people read it: what it is about, the lines that go and the lines that come. Not escaped. */
export interface ChangeLines {
  readonly about: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** Every kind of change, exactly as it will be made. */
export function changeLines(change: Change): ChangeLines {
  switch (change.kind) {
    case 'set-images':
      return {
        about: `${workload(change.workload)}: image`,
        before: change.containers.map(({ name, before }) => `${name}: ${before}`),
        after: change.containers.map(({ name, after }) => `${name}: ${after}`),
      };
    case 'set-pull-secrets': {
      const { on } = change;
      const where = on.kind === 'ServiceAccount' ? `ServiceAccount ${on.namespace}/${on.name}` : workload(on);
      return { about: `${where}: imagePullSecrets`, before: list(change.before), after: list(change.after) };
    }
    case 'delete-pod':
      return {
        about: `Pod ${change.namespace}/${change.name}: deleted, nothing of it ever started`,
        before: [`pod ${change.name}${change.node === undefined ? '' : ` on node ${change.node}`}`],
        after: [`a new pod, made by ${change.controller}`],
      };
    case 'refresh-secret':
      return {
        about: `Secret ${change.namespace}/${change.name}: ${change.isMissing ? 'created' : 'refreshed in place'}`,
        before: [change.isMissing ? 'no such secret' : 'the token that it holds'],
        after: [`a fresh token as ${change.identity} (target ${change.target})`],
      };
    case 'silence-alerts':
      return {
        about: `Alertmanager ${change.alertmanager}: silenced for ${change.minutes} min`,
        before: [],
        after: change.matchers.map(({ name, value }) => `${name}="${value}"`),
      };
    case 'end-silence':
      return {
        about: `Alertmanager ${change.alertmanager}: silence ended`,
        before: [`silence ${change.silenceId}`],
        after: [],
      };
  }
}

function workload({ kind, namespace, name }: WorkloadName): string {
  return `${kind} ${namespace}/${name}`;
}

function list(names: readonly string[]): readonly string[] {
  return names.length === 0 ? ['none'] : names.map((name) => `name: ${name}`);
}
