import { randomUUID } from 'node:crypto';
import type { Clock } from '../../../shared/ports/clock.ts';
import { ApiError, alreadyExists, badRequest, conflict, modified, notFound, preconditionFailed } from './api-error.ts';
import { applyConfiguration } from './apply.ts';
import { applyDefaults } from './defaults.ts';
import { nextManagedFields, type Writer } from './managed-fields.ts';
import { randomSuffix, stableJson } from './names.ts';
import { type ApiObject, clone, type Json, type PodObject, type ServiceAccountObject, timestamp } from './objects.ts';
import { NAMESPACES, PODS, type Resource, SERVICE_ACCOUNTS } from './resources.ts';
import { createStore, type Store } from './store.ts';
import { validate } from './validate.ts';

export interface WriteOptions extends Writer {
  readonly isDryRun?: boolean;
}

export interface DeleteOptions {
  readonly gracePeriodSeconds?: number | undefined;
  readonly propagation?: 'Background' | 'Foreground' | 'Orphan' | undefined;
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
  readonly isDryRun?: boolean;
}

/** What the API server does with objects; HTTP, the controllers and the kubelet all go through it. */
export interface Api {
  readonly store: Store;
  readonly clock: Clock;
  get(resource: Resource, namespace: string | undefined, name: string): ApiObject;
  create(resource: Resource, object: ApiObject, options: WriteOptions): ApiObject;
  /** Replaces it. With a resourceVersion in the object, only if it is still that one. */
  update(resource: Resource, object: ApiObject, options: WriteOptions): ApiObject;
  /** Reads, changes a copy and stores it; gives `undefined` where the object is gone. */
  edit<T extends ApiObject>(
    resource: Resource,
    object: { readonly namespace?: string | undefined; readonly name: string },
    options: WriteOptions,
    change: (copy: T) => void,
  ): T | undefined;
  apply(
    resource: Resource,
    configuration: ApiObject,
    options: WriteOptions & { readonly isForced: boolean },
  ): ApiObject;
  delete(resource: Resource, namespace: string | undefined, name: string, options?: DeleteOptions): ApiObject;
}

/** Kinds whose generation counts the changes of their spec. */
function hasGeneration(object: ApiObject): boolean {
  return 'spec' in object && !['Namespace', 'Node', 'ServiceAccount'].includes(object.kind);
}

const KEPT_NAMESPACES = new Set(['default', 'kube-system', 'kube-public']);

/** A binding is no change of the spec. */
function specText(object: ApiObject): string {
  const spec = (object as ApiObject & Json)['spec'] as Json | undefined;
  return stableJson(object.kind === 'Pod' ? { ...spec, nodeName: undefined } : spec);
}

export function createApi(clock: Clock): Api {
  const store = createStore();

  function get(resource: Resource, namespace: string | undefined, name: string): ApiObject {
    const found = store.get(resource, namespace, name);
    if (!found) throw notFound(resource, name);
    return found;
  }

  /** The ServiceAccount's imagePullSecrets reach the pod only here, and only where it names none. */
  function admitPullSecrets(pod: PodObject): void {
    const name = pod.spec.serviceAccountName ?? 'default';
    const account = store.get(SERVICE_ACCOUNTS, pod.metadata.namespace, name) as ServiceAccountObject | undefined;
    if (!account) {
      throw new ApiError(
        403,
        'Forbidden',
        `pods "${pod.metadata.name}" is forbidden: error looking up service account ${pod.metadata.namespace}/${name}: serviceaccount "${name}" not found`,
        { name: pod.metadata.name, kind: 'pods' },
      );
    }
    if (!pod.spec.imagePullSecrets?.length && account.imagePullSecrets?.length) {
      pod.spec.imagePullSecrets = clone(account.imagePullSecrets);
    }
  }

  function checkNamespace(resource: Resource, object: ApiObject): void {
    const { namespace, name } = object.metadata;
    if (!resource.isNamespaced) return;
    const found = store.get(NAMESPACES, undefined, namespace ?? '');
    if (!found) throw notFound(NAMESPACES, namespace ?? '');
    if (found.metadata.deletionTimestamp) {
      throw new ApiError(
        403,
        'Forbidden',
        `${resource.plural} "${name}" is forbidden: unable to create new content in namespace ${namespace} because it is being terminated`,
      );
    }
  }

  function create(resource: Resource, given: ApiObject, options: WriteOptions, owned?: ReadonlySet<string>): ApiObject {
    const object = clone(given);
    const meta = object.metadata;
    if (meta.resourceVersion) throw badRequest('resourceVersion should not be set on objects to be created');
    if (!meta.name && meta.generateName) meta.name = `${meta.generateName}${randomSuffix()}`;
    checkNamespace(resource, object);
    if (!resource.isNamespaced) delete meta.namespace;
    meta.uid = randomUUID();
    meta.creationTimestamp = timestamp(clock.now());
    delete meta.deletionTimestamp;
    delete meta.managedFields;
    delete meta.generation;
    if (hasGeneration(object)) meta.generation = 1;
    // What the writer wrote is its own; what defaults add is as well, as in the real server.
    const shape = object as ApiObject & Json;
    if (resource === NAMESPACES) defaultNamespace(shape);
    if (typeof shape['spec'] === 'object' || resource.plural === 'secrets') applyDefaults(resource, object, true);
    validate(resource, object, undefined);
    if (store.get(resource, meta.namespace, meta.name)) throw alreadyExists(resource, meta.name);
    if (resource === PODS) admitPullSecrets(object as PodObject);
    if (resource.plural !== 'events')
      meta.managedFields = nextManagedFields(object, undefined, options, clock.now(), owned);
    if (options.isDryRun) return { ...object, metadata: { ...meta, resourceVersion: '' } };
    return store.put(resource, object);
  }

  function defaultNamespace(namespace: ApiObject & Json): void {
    namespace.metadata.labels = {
      ...namespace.metadata.labels,
      'kubernetes.io/metadata.name': namespace.metadata.name,
    };
    namespace['spec'] = { finalizers: ['kubernetes'] };
    namespace['status'] = { phase: 'Active' };
  }

  /** A write to an object keeps its status, a write to its status keeps all else: two sides of one door. */
  function takeSide(
    resource: Resource,
    next: ApiObject & Json,
    before: ApiObject & Json,
    subresource?: string,
  ): ApiObject {
    const hasStatus = resource.subresources?.includes('status') ?? false;
    if (subresource === 'status') {
      return { ...before, status: next['status'], metadata: { ...before.metadata } } as ApiObject;
    }
    if (!hasStatus || subresource !== undefined) return next;
    const kept = { ...next, ...(before['status'] !== undefined && { status: before['status'] }) };
    if (before['status'] === undefined) delete (kept as Json)['status'];
    return kept;
  }

  function update(resource: Resource, given: ApiObject, options: WriteOptions, owned?: ReadonlySet<string>): ApiObject {
    const { namespace, name } = given.metadata;
    const before = get(resource, namespace, name);
    if (given.metadata.resourceVersion && given.metadata.resourceVersion !== before.metadata.resourceVersion) {
      throw modified(resource, name);
    }
    if (given.metadata.uid && given.metadata.uid !== before.metadata.uid) {
      throw conflict(
        resource,
        name,
        `Precondition failed: UID in precondition: ${given.metadata.uid}, UID in object meta: ${before.metadata.uid}`,
      );
    }
    const object = clone(
      takeSide(resource, given as ApiObject & Json, before as ApiObject & Json, options.subresource),
    );
    const meta = object.metadata;
    for (const key of ['uid', 'creationTimestamp', 'resourceVersion', 'generation'] as const) {
      Object.assign(meta, { [key]: before.metadata[key] });
      if (before.metadata[key] === undefined) delete meta[key];
    }
    for (const key of ['deletionTimestamp', 'deletionGracePeriodSeconds'] as const) {
      if (before.metadata[key] === undefined) delete meta[key];
      else Object.assign(meta, { [key]: before.metadata[key] });
    }
    delete meta.managedFields;
    if (options.subresource !== 'status') {
      if ('spec' in object || resource.plural === 'secrets') applyDefaults(resource, object, false);
      validate(resource, object, before);
    }
    if (hasGeneration(object) && specText(object) !== specText(before)) {
      meta.generation = (before.metadata.generation ?? 1) + 1;
    }
    if (resource.plural !== 'events') {
      meta.managedFields = nextManagedFields(object, before, options, clock.now(), owned);
    }
    if (options.isDryRun) return object;
    if (meta.deletionTimestamp && !meta.finalizers?.length && before.metadata.finalizers?.length) {
      store.remove(resource, object);
      return object;
    }
    // A write that changes nothing makes no new version and wakes nobody.
    if (stableJson(object) === stableJson(before)) return before;
    return store.put(resource, object);
  }

  return {
    store,
    clock,
    get,
    create,
    update,
    edit(resource, { namespace, name }, options, change) {
      const before = store.get(resource, namespace, name);
      if (!before) return undefined;
      const copy = clone(before);
      change(copy as never);
      return update(resource, copy, options) as never;
    },
    apply(resource, configuration, { isForced, ...options }) {
      const { namespace, name } = configuration.metadata;
      const live = store.get(resource, namespace, name);
      const { manager } = options;
      const { object, owned } = applyConfiguration(live, configuration, { manager, isForced });
      const writer = { ...options, operation: 'Apply' as const };
      if (!live) return create(resource, object, writer, owned);
      return update(resource, object, writer, owned);
    },
    delete(resource, namespace, name, options = {}) {
      const before = get(resource, namespace, name);
      const { uid, resourceVersion } = options;
      const { metadata: found } = before;
      if (uid !== undefined && uid !== found.uid) {
        const why = `the UID in the precondition (${uid}) does not match the UID in record (${found.uid}). The object might have been deleted and then recreated`;
        throw preconditionFailed(resource, name, why);
      }
      if (resourceVersion !== undefined && resourceVersion !== found.resourceVersion) {
        const why = `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${found.resourceVersion}). The object might have been modified`;
        throw preconditionFailed(resource, name, why);
      }
      if (resource === NAMESPACES && KEPT_NAMESPACES.has(name)) {
        throw new ApiError(403, 'Forbidden', `namespaces "${name}" is forbidden: this namespace may not be deleted`);
      }
      if (options.isDryRun) return before;
      return remove(resource, before, options);
    },
  };

  function remove(resource: Resource, before: ApiObject, options: DeleteOptions): ApiObject {
    const object = clone(before);
    const meta = object.metadata;
    const graceSeconds = gracePeriod(resource, object, options);
    const finalizers = new Set(meta.finalizers ?? []);
    if (options.propagation === 'Foreground') finalizers.add('foregroundDeletion');
    if (options.propagation === 'Orphan') finalizers.add('orphan');
    if (resource === NAMESPACES) finalizers.add('kubernetes');
    if (graceSeconds === 0 && finalizers.size === 0) {
      store.remove(resource, before);
      return before;
    }
    if (finalizers.size > 0) meta.finalizers = [...finalizers];
    meta.deletionTimestamp = timestamp(clock.now() + graceSeconds * 1000);
    meta.deletionGracePeriodSeconds = graceSeconds;
    if (resource === NAMESPACES) (object as ApiObject & Json)['status'] = { phase: 'Terminating' };
    if (before.metadata.deletionTimestamp && stableJson(meta.finalizers) === stableJson(before.metadata.finalizers)) {
      return before;
    }
    return store.put(resource, object);
  }

  /** Only a pod on a node is deleted gracefully: its kubelet has the last word. */
  function gracePeriod(resource: Resource, object: ApiObject, { gracePeriodSeconds }: DeleteOptions): number {
    if (resource !== PODS) return 0;
    const { spec } = object as PodObject;
    if (!spec.nodeName) return 0;
    return gracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? 30;
  }
}
