import type { Cluster } from '../kubernetes/cluster.ts';
import type { ApiObject } from '../kubernetes/objects.ts';
import { NODES, resourceOf } from '../kubernetes/resources.ts';
import { openJournal } from './journal.ts';

interface Entry {
  readonly object: ApiObject;
  readonly isGone: boolean;
}

/**
 * Keeps the embedded cluster's objects in a file, as etcd does: after a restart on the same data the same pods are
 * there. What was on the nodes is not: their kubelets pull again, as after a reboot onto an empty disk.
 * @returns what ends it
 */
export function rememberCluster(cluster: Cluster, file: string): () => void {
  const journal = openJournal<Entry>(file, ({ object }) => keyOf(object));
  // All at once: controllers look when this is over, and must not find a Deployment without its ReplicaSet.
  for (const { object, isGone } of journal.entries) {
    const resource = resourceOf(object);
    if (!isGone && resource !== undefined) cluster.api.store.put(resource, object);
  }
  const unsubscribe = cluster.api.store.subscribe(({ type, resource, object }) => {
    if (resource !== NODES) journal.append({ object, isGone: type === 'DELETED' });
  });
  return () => {
    unsubscribe();
    journal.close();
  };
}

function keyOf({ apiVersion, kind, metadata }: ApiObject): string {
  return `${apiVersion} ${kind} ${metadata.namespace ?? ''}/${metadata.name}`;
}
