import { authOf, ECR_HOST, ecrPassword } from '../support/refresh-builders.ts';

export const SECRET_NAME = 'ecr-creds';
/** Long enough that nothing falls due while it is measured, and none of it is due before. */
const FRESH_HOURS = 11;

export function namespaceName(i: number): string {
  return `bench-${i}`;
}

export function namespaceObject(i: number) {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespaceName(i) } } as const;
}

/** A pull secret of two registries, as large as ECR's tokens make it; the first `due` of them have ended. */
export function secretObject(i: number, due: number) {
  const hours = i < due ? -1 : FRESH_HOURS;
  const password = ecrPassword(Date.now() + hours * 3_600_000, 'p'.repeat(1_600));
  const auths = { 'ghcr.io': { auth: authOf('bot', 'secret') }, [ECR_HOST]: { auth: authOf('AWS', password) } };
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: SECRET_NAME, namespace: namespaceName(i) },
    type: 'kubernetes.io/dockerconfigjson',
    data: { '.dockerconfigjson': Buffer.from(JSON.stringify({ auths })).toString('base64') },
  } as const;
}
