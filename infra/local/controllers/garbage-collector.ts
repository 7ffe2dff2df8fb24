import type { Api } from '../kubernetes/api.ts';
import type { ApiObject } from '../kubernetes/objects.ts';
import { CONTROLLER_REVISIONS, JOBS, PODS, REPLICA_SETS, RESOURCES, type Resource } from '../kubernetes/resources.ts';
import { CONTROLLER_MANAGER } from './pods.ts';
import type { Controller } from './reconciler.ts';

/** Kinds that something here owns. */
const OWNED: readonly Resource[] = [PODS, REPLICA_SETS, JOBS, CONTROLLER_REVISIONS];

/** Deletes what its owner left behind, and lets an owner go once what it waits for is gone. */
export function createGarbageCollector(api: Api): Controller {
  const { store } = api;

  function dependents(namespace: string | undefined, uid: string): readonly (readonly [Resource, ApiObject])[] {
    return OWNED.flatMap((resource) =>
      store
        .list(resource, namespace)
        .filter(({ metadata }) => metadata.ownerReferences?.some((owner) => owner.uid === uid))
        .map((object) => [resource, object] as const),
    );
  }

  function finalize(resource: Resource, owner: ApiObject): void {
    const { finalizers = [], namespace, uid } = owner.metadata;
    const left = dependents(namespace, uid);
    if (finalizers.includes('orphan')) {
      for (const [kind, { metadata }] of left) {
        api.edit(kind, metadata, { manager: CONTROLLER_MANAGER }, (copy) => {
          copy.metadata.ownerReferences = (copy.metadata.ownerReferences ?? []).filter((one) => one.uid !== uid);
        });
      }
    } else if (finalizers.includes('foregroundDeletion')) {
      for (const [kind, { metadata }] of left) {
        if (!metadata.deletionTimestamp) api.delete(kind, namespace, metadata.name, { propagation: 'Foreground' });
      }
      if (dependents(namespace, uid).length > 0) return;
    } else return;
    api.edit(resource, owner.metadata, { manager: CONTROLLER_MANAGER }, ({ metadata }) => {
      metadata.finalizers = finalizers.filter((one) => one !== 'orphan' && one !== 'foregroundDeletion');
    });
  }

  /** Keys here are uids: the owner itself may be gone, only its uid tells whose the dependents are. */
  return {
    name: 'garbage-collector',
    concerns({ resource, type, object }) {
      const { namespace, uid, ownerReferences, deletionTimestamp, finalizers } = object.metadata;
      if (resource.plural === 'events') return [];
      const keys = type === 'DELETED' || (deletionTimestamp && finalizers?.length) ? [{ namespace, name: uid }] : [];
      // What is gone may be the last that an owner in foreground deletion waits for; what is new may come too late.
      const owners = type === 'MODIFIED' ? [] : (ownerReferences ?? []);
      return [...keys, ...owners.map((owner) => ({ namespace, name: owner.uid }))];
    },
    reconcile({ namespace, name: uid }) {
      for (const resource of RESOURCES) {
        const owner = store
          .list(resource, resource.isNamespaced ? namespace : undefined)
          .find(({ metadata }) => metadata.uid === uid);
        if (!owner) continue;
        if (owner.metadata.deletionTimestamp) finalize(resource, owner);
        return;
      }
      for (const [kind, { metadata }] of dependents(namespace, uid)) {
        if (!metadata.deletionTimestamp) api.delete(kind, metadata.namespace, metadata.name);
      }
    },
  };
}
