import type { Change, SetImages, SetPullSecrets } from '../domain/remedy/change.ts';

/** The order in which they are made: what pods wait for, then the pods. */
const ORDER: readonly Change['kind'][] = [
  'refresh-secret',
  'set-pull-secrets',
  'set-images',
  'delete-pod',
  'silence-alerts',
  'end-silence',
];

/** What a change is about: two changes of one object are one. */
export function changeKey(change: Change): string {
  switch (change.kind) {
    case 'set-images':
      return [change.kind, change.workload.kind, change.workload.namespace, change.workload.name].join('/');
    case 'set-pull-secrets':
      return [change.kind, change.on.kind, change.on.namespace, change.on.name].join('/');
    case 'delete-pod':
      return [change.kind, change.namespace, change.name, change.uid].join('/');
    case 'refresh-secret':
      return [change.kind, change.namespace, change.name].join('/');
    case 'silence-alerts':
      return [change.kind, change.alertmanager, JSON.stringify(change.matchers)].join('/');
    case 'end-silence':
      return [change.kind, change.alertmanager, change.silenceId].join('/');
  }
}

/** Each object once, in the order in which they are made. */
export function mergeChanges(changes: readonly Change[]): readonly Change[] {
  const merged = new Map<string, Change>();
  for (const change of changes) {
    const key = changeKey(change);
    const known = merged.get(key);
    merged.set(key, known === undefined ? change : mergeTwo(known, change));
  }
  return [...merged.entries()]
    .sort(([a, one], [b, other]) => ORDER.indexOf(one.kind) - ORDER.indexOf(other.kind) || (a < b ? -1 : 1))
    .map(([, change]) => change);
}

/** Where two disagree the first one counts: the dialog shows what is done. */
function mergeTwo(a: Change, b: Change): Change {
  if (a.kind === 'set-images' && b.kind === 'set-images') return mergeImages(a, b);
  if (a.kind === 'set-pull-secrets' && b.kind === 'set-pull-secrets') return mergeSecrets(a, b);
  return a;
}

function mergeImages(a: SetImages, b: SetImages): SetImages {
  const others = b.containers.filter(
    ({ name, isInit }) => !a.containers.some((one) => one.name === name && one.isInit === isInit),
  );
  return { ...a, containers: [...a.containers, ...others] };
}

function mergeSecrets(a: SetPullSecrets, b: SetPullSecrets): SetPullSecrets {
  return { ...a, after: [...a.after, ...b.after.filter((name) => !a.after.includes(name))] };
}
