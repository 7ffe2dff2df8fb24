import type { Api } from '../kubernetes/api.ts';
import type { ApiObject } from '../kubernetes/objects.ts';
import { NAMESPACES, PODS, RESOURCES, SERVICE_ACCOUNTS } from '../kubernetes/resources.ts';
import type { Controller } from './reconciler.ts';

const MANAGER = 'kube-controller-manager';

/** What pods of a namespace run as unless they say otherwise. */
export function ensureServiceAccount(api: Api, namespace: string): void {
  if (api.store.get(SERVICE_ACCOUNTS, namespace, 'default')) return;
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace } };
  api.create(SERVICE_ACCOUNTS, account as ApiObject, { manager: MANAGER });
}

/** Gives every namespace its default ServiceAccount, and empties those that are being deleted. */
export function createNamespaceController(api: Api): Controller {
  const { store } = api;
  const contained = RESOURCES.filter((one) => one.isNamespaced && !one.isReview);

  function empty(namespace: ApiObject): void {
    const { name } = namespace.metadata;
    for (const resource of contained) {
      for (const { metadata } of store.list(resource, name)) {
        // Pods end in their own time; their end calls this again.
        if (!metadata.deletionTimestamp) api.delete(resource, name, metadata.name);
      }
    }
    if (contained.some((resource) => store.list(resource, name).length > 0)) return;
    api.edit(NAMESPACES, { name }, { manager: MANAGER }, ({ metadata }) => {
      metadata.finalizers = [];
    });
  }

  return {
    name: 'namespaces',
    concerns({ resource, type, object }) {
      if (resource === NAMESPACES && type !== 'DELETED') return [{ namespace: undefined, name: object.metadata.name }];
      const isGone = type === 'DELETED' && (resource === PODS || resource === SERVICE_ACCOUNTS);
      return isGone ? [{ namespace: undefined, name: object.metadata.namespace ?? '' }] : [];
    },
    reconcile({ name }) {
      const namespace = store.get(NAMESPACES, undefined, name);
      if (!namespace) return;
      if (namespace.metadata.deletionTimestamp) return empty(namespace);
      ensureServiceAccount(api, name);
    },
  };
}
