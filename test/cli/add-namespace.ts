import type { Api } from '../../infra/local/kubernetes/api.ts';
import type { ApiObject } from '../../infra/local/kubernetes/objects.ts';
import { NAMESPACES, SECRETS } from '../../infra/local/kubernetes/resources.ts';
import { type PullSecretParts, pullSecret } from '../support/refresh-builders.ts';

/** Makes a namespace on the embedded cluster with one pull secret, which another tool wrote. */
export function addNamespace(api: Api, parts: PullSecretParts & { readonly namespace: string }): void {
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: parts.namespace } };
  api.create(NAMESPACES, namespace as ApiObject, { manager: 'test' });
  const { metadata, ...secret } = pullSecret(parts);
  const object = {
    apiVersion: 'v1',
    kind: 'Secret',
    ...secret,
    metadata: { namespace: parts.namespace, name: metadata?.name },
  };
  api.create(SECRETS, object as unknown as ApiObject, { manager: 'ecr-renew' });
}
