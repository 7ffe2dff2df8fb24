import type { RefreshRequest } from './request.ts';
import type { RefreshTarget, TargetSecret } from './target.ts';

/** Targets of one cluster, in the order of the configuration. */
export function targetsOf(cluster: string, targets: readonly RefreshTarget[]): readonly RefreshTarget[] {
  return targets.filter(({ clusters }) => clusters === undefined || clusters.includes(cluster));
}

export function secretId({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `${namespace}/${name}`;
}

/**
 * Every Secret that targets claim and the request is about.
 * @param namespacesOf the namespaces of a target, as the cluster tells for those that go by label
 */
export function wantSecrets(
  targets: readonly RefreshTarget[],
  namespacesOf: (target: RefreshTarget) => readonly string[],
  request: RefreshRequest,
): ReadonlyMap<string, TargetSecret> {
  const namespaces = request.namespaces && new Set(request.namespaces);
  const secrets = request.secrets && new Set(request.secrets.map(secretId));
  const wanted = new Map<string, TargetSecret>();
  for (const target of targets) {
    for (const namespace of namespacesOf(target)) {
      if (namespaces?.has(namespace) === false) continue;
      for (const name of target.secretNames) {
        const id = secretId({ namespace, name });
        if (secrets?.has(id) === false) continue;
        const others = wanted.get(id)?.targets ?? [];
        if (!others.includes(target)) wanted.set(id, { namespace, name, targets: [...others, target] });
      }
    }
  }
  return wanted;
}
