import type { ObjectMeta } from '../kubernetes.ts';

/**
 * The GitOps or release tool that owns an object, in words. A change made past it is undone (Argo CD with self-heal,
 * Flux) or lost at the next release (Helm). Argo CD: `argocd.argoproj.io/tracking-id` is `<app>:<group>/<kind>:…`.
 */
export function readManagedBy(meta: ObjectMeta | undefined): string | undefined {
  const labels = meta?.labels ?? {};
  const annotations = meta?.annotations ?? {};

  const [argoApp] = (annotations['argocd.argoproj.io/tracking-id'] ?? '').split(':');
  if (argoApp !== undefined && argoApp !== '') return `Argo CD app ${argoApp}`;
  const argoLabel = labels['argocd.argoproj.io/instance'];
  if (argoLabel !== undefined) return `Argo CD app ${argoLabel}`;
  // Argo CD's default label is everybody's: it says something only where Argo CD also wrote the object.
  const instance = labels['app.kubernetes.io/instance'];
  if (instance !== undefined && meta?.managedFields?.some(({ manager }) => manager?.startsWith('argocd'))) {
    return `Argo CD app ${instance}`;
  }

  for (const [group, word] of [
    ['kustomize.toolkit.fluxcd.io', 'Flux kustomization'],
    ['helm.toolkit.fluxcd.io', 'Flux Helm release'],
  ] as const) {
    const name = labels[`${group}/name`];
    if (name !== undefined) return `${word} ${labels[`${group}/namespace`] ?? meta?.namespace ?? 'default'}/${name}`;
  }

  const release = annotations['meta.helm.sh/release-name'];
  if (release !== undefined) return `Helm release ${release}`;
  if (labels['app.kubernetes.io/managed-by'] === 'Helm') {
    const name = instance ?? labels['release'];
    return name === undefined ? 'Helm' : `Helm release ${name}`;
  }
  return undefined;
}
