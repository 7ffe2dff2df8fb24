import type { ApiObject } from './objects.ts';
import type { Resource } from './resources.ts';

export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly resource: Resource;
  readonly object: ApiObject;
  /** What a MODIFIED replaced: a watcher's selector may have matched it. */
  readonly previous: ApiObject | undefined;
  readonly version: number;
}

/** All objects of the cluster, in memory, under one growing resourceVersion. */
export interface Store {
  version(): number;
  get(resource: Resource, namespace: string | undefined, name: string): ApiObject | undefined;
  /** Ordered by namespace and name, as etcd's keys are. */
  list(resource: Resource, namespace?: string): readonly ApiObject[];
  /** Puts an object with the next resourceVersion and tells the listeners. */
  put(resource: Resource, object: ApiObject): ApiObject;
  remove(resource: Resource, object: ApiObject): void;
  /** Changes after a version, oldest first; `undefined` where that is too long ago. */
  since(version: number): readonly Change[] | undefined;
  subscribe(listener: (change: Change) => void): () => void;
}

/** How many changes a watch may lag behind; etcd's compaction keeps five minutes. */
const HISTORY = 5_000;

function key(namespace: string | undefined, name: string): string {
  return `${namespace ?? ''}/${name}`;
}

export function createStore(): Store {
  const objects = new Map<Resource, Map<string, ApiObject>>();
  const history: Change[] = [];
  const listeners = new Set<(change: Change) => void>();
  let version = 100;
  let forgotten = version;

  function of(resource: Resource): Map<string, ApiObject> {
    const found = objects.get(resource) ?? new Map<string, ApiObject>();
    objects.set(resource, found);
    return found;
  }

  function tell(change: Change): void {
    history.push(change);
    if (history.length > HISTORY) forgotten = history.shift()?.version ?? forgotten;
    for (const listener of [...listeners]) listener(change);
  }

  function stamped(object: ApiObject): ApiObject {
    version += 1;
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
  }

  return {
    version: () => version,
    get: (resource, namespace, name) => of(resource).get(key(namespace, name)),
    list(resource, namespace) {
      const all = [...of(resource).entries()];
      const prefix = `${namespace}/`;
      return all
        .filter(([id]) => namespace === undefined || id.startsWith(prefix))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([, object]) => object);
    },
    put(resource, object) {
      const id = key(object.metadata.namespace, object.metadata.name);
      const previous = of(resource).get(id);
      const next = stamped(object);
      of(resource).set(id, next);
      tell({ type: previous ? 'MODIFIED' : 'ADDED', resource, object: next, previous, version });
      return next;
    },
    remove(resource, object) {
      const id = key(object.metadata.namespace, object.metadata.name);
      if (!of(resource).delete(id)) return;
      tell({ type: 'DELETED', resource, object: stamped(object), previous: object, version });
    },
    since(after) {
      if (after < forgotten) return undefined;
      return history.filter((change) => change.version > after);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
