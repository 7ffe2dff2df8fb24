import { readManagedBy } from '../find-pull-failures/managed-by.ts';
import type { KubeSecret } from '../kubernetes.ts';

/** Keys whose presence tells who writes a Secret; a change by hand would be undone. */
const WRITERS: readonly (readonly [string, string])[] = [
  ['reconcile.external-secrets.io/data-hash', 'External Secrets'],
  ['reconcile.external-secrets.io/managed', 'External Secrets'],
  ['sealedsecrets.bitnami.com/managed', 'Sealed Secrets'],
  ['reflector.v1.k8s.emberstack.com/reflects', 'reflector'],
  ['replicator.v1.mittwald.de/replicated-from-version', 'kubernetes-replicator'],
];

/** Controller, Helm release or GitOps tool that owns a Secret, as a person would say it. */
export function readSecretOwner(secret: KubeSecret): string | undefined {
  const owners = secret.metadata?.ownerReferences ?? [];
  const owner = owners.find(({ controller }) => controller === true) ?? owners[0];
  if (owner !== undefined) return `${owner.kind} ${owner.name}`;

  const marks = { ...secret.metadata?.labels, ...secret.metadata?.annotations };
  return readManagedBy(secret.metadata) ?? WRITERS.find(([key]) => Object.hasOwn(marks, key))?.[1];
}
