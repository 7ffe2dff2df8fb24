import type { Api, DeleteOptions, WriteOptions } from './api.ts';
import { ApiError, badRequest, notFound } from './api-error.ts';
import { type ApiObject, clone, type Json, type PodObject, type WorkloadObject } from './objects.ts';
import { jsonPatch, mergePatch, strategicMerge } from './patch.ts';
import { type AccessAttributes, type ApiUser, isAllowed } from './rbac.ts';
import type { Target } from './request.ts';
import { apiVersionOf, DEPLOYMENTS, NODES, PODS, REPLICA_SETS, STATEFUL_SETS } from './resources.ts';

/** How the writer of an HTTP request is named and what it asks for. */
export interface WriteRequest {
  readonly target: Target;
  readonly query: URLSearchParams;
  readonly userAgent: string;
  readonly contentType: string;
  /** `undefined` = an administrator. */
  readonly user: ApiUser | undefined;
}

/** `fieldManager`, else the program's name of the user agent, as the API server does. */
export function writeOptions({ query, userAgent, target }: WriteRequest): WriteOptions {
  const manager = query.get('fieldManager') || (userAgent.split('/')[0] ?? '') || 'unknown';
  return { manager, isDryRun: query.getAll('dryRun').includes('All'), subresource: target.subresource };
}

function nameOf({ resource, name }: Target): string {
  if (name === undefined) throw new ApiError(405, 'MethodNotAllowed', `${resource.plural} needs a name`);
  return name;
}

export function readScale(workload: WorkloadObject): ApiObject & Json {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = workload.metadata;
  const labels = workload.spec.selector?.matchLabels ?? {};
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, ...(namespace !== undefined && { namespace }), uid, resourceVersion, creationTimestamp },
    spec: { replicas: workload.spec.replicas ?? 0 },
    status: {
      replicas: (workload.status['replicas'] as number | undefined) ?? 0,
      selector: Object.entries(labels)
        .map(([key, value]) => `${key}=${value}`)
        .join(','),
    },
  };
}

function isScalable({ resource, subresource }: Target): boolean {
  return subresource === 'scale' && [DEPLOYMENTS, REPLICA_SETS, STATEFUL_SETS].includes(resource);
}

function withReplicas(workload: WorkloadObject, scale: unknown): WorkloadObject {
  const replicas = ((scale as Json)['spec'] as Json | undefined)?.['replicas'];
  if (typeof replicas !== 'number' || !Number.isInteger(replicas) || replicas < 0) {
    throw badRequest('spec.replicas: must be a whole number, 0 or more');
  }
  const copy = clone(workload);
  copy.spec.replicas = replicas;
  return copy;
}

export function readOne(api: Api, target: Target): unknown {
  const object = api.get(target.resource, target.namespace, nameOf(target));
  if (isScalable(target)) return readScale(object as WorkloadObject);
  if (target.subresource === 'log') {
    throw new ApiError(501, 'NotImplemented', 'the embedded cluster runs no processes, so there are no logs');
  }
  return object;
}

function putScale(api: Api, target: Target, scale: unknown, options: WriteOptions): unknown {
  const workload = api.get(target.resource, target.namespace, nameOf(target)) as WorkloadObject;
  return readScale(api.update(target.resource, withReplicas(workload, scale), options) as WorkloadObject);
}

export function replaceOne(api: Api, request: WriteRequest, object: ApiObject): unknown {
  const options = writeOptions(request);
  if (isScalable(request.target)) return putScale(api, request.target, object, options);
  return api.update(request.target.resource, object, options);
}

export function patchOne(api: Api, request: WriteRequest, body: unknown): unknown {
  const { target, contentType, query } = request;
  const options = writeOptions(request);
  const name = nameOf(target);
  const [type] = contentType.split(';');
  if (type === 'application/apply-patch+yaml') {
    const configuration = clone(body) as ApiObject;
    configuration.metadata = { ...configuration.metadata, name };
    if (target.namespace !== undefined) configuration.metadata.namespace = target.namespace;
    return api.apply(target.resource, configuration, { ...options, isForced: query.get('force') === 'true' });
  }
  const live = api.get(target.resource, target.namespace, name);
  const shown: unknown = isScalable(target) ? readScale(live as WorkloadObject) : live;
  const next = patched(type ?? '', shown, body);
  if (isScalable(target)) return putScale(api, target, next, options);
  const result = next as ApiObject;
  // A patch without a resourceVersion of its own is taken on whatever is there.
  const wanted = ((body as Json)['metadata'] as Json | undefined)?.['resourceVersion'];
  if (wanted === undefined && !Array.isArray(body)) result.metadata.resourceVersion = live.metadata.resourceVersion;
  return api.update(target.resource, result, options);
}

function patched(type: string, live: unknown, body: unknown): unknown {
  switch (type) {
    case 'application/merge-patch+json':
      return mergePatch(clone(live), body);
    case 'application/strategic-merge-patch+json':
      return strategicMerge(clone(live), body);
    case 'application/json-patch+json':
      if (!Array.isArray(body)) throw badRequest('a JSON patch is a list of operations');
      return jsonPatch(live, body);
    default:
      throw new ApiError(415, 'UnsupportedMediaType', `the body of the request was in an unknown format - ${type}`);
  }
}

/** Options come in the body; those of the query count only without one (endpoints/handlers/delete.go). */
export function deleteOptions(body: unknown, asked: URLSearchParams): DeleteOptions {
  const query = body === undefined || body === null ? asked : new URLSearchParams();
  const given = (body ?? {}) as {
    readonly gracePeriodSeconds?: number | null;
    readonly propagationPolicy?: DeleteOptions['propagation'];
    readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
    readonly dryRun?: readonly string[];
  };
  const grace = given.gracePeriodSeconds ?? query.get('gracePeriodSeconds');
  return {
    gracePeriodSeconds: grace === null || grace === undefined ? undefined : Number(grace),
    propagation:
      given.propagationPolicy ?? (query.get('propagationPolicy') as DeleteOptions['propagation']) ?? undefined,
    uid: given.preconditions?.uid,
    resourceVersion: given.preconditions?.resourceVersion,
    isDryRun: (given.dryRun ?? query.getAll('dryRun')).includes('All'),
  };
}

/** What DELETE answers: the object while it is still there, else a Status that names its uid. */
export function deleteOne(api: Api, target: Target, options: DeleteOptions): unknown {
  const { resource, namespace } = target;
  const before = api.delete(resource, namespace, nameOf(target), options);
  const after = api.store.get(resource, namespace, before.metadata.name);
  if (after) return after;
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: {
      name: before.metadata.name,
      ...(resource.group && { group: resource.group }),
      kind: resource.plural,
      uid: before.metadata.uid,
    },
  };
}

/** POST to a resource or to one of its subresources (binding, eviction, reviews). */
export function createOne(api: Api, request: WriteRequest, object: ApiObject & Json): unknown {
  const { target } = request;
  const { resource, namespace, name, subresource } = target;
  if (resource.isReview) return review(api, resource.kind, object, request.user);
  if (resource === PODS && subresource === 'binding') return bind(api, target, object, writeOptions(request));
  if (resource === PODS && subresource === 'eviction') {
    api.delete(PODS, namespace, nameOf(target), deleteOptions(object['deleteOptions'], request.query));
    return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' };
  }
  if (subresource !== undefined || name !== undefined) {
    throw new ApiError(405, 'MethodNotAllowed', `create is not supported on ${resource.plural}/${subresource ?? name}`);
  }
  return api.create(resource, object, writeOptions(request));
}

function bind(api: Api, target: Target, object: ApiObject & Json, options: WriteOptions): unknown {
  const node = (object['target'] as Json | undefined)?.['name'];
  if (typeof node !== 'string' || !api.store.get(NODES, undefined, node)) throw notFound(NODES, String(node));
  const { namespace } = target;
  api.edit<PodObject>(PODS, { namespace, name: nameOf(target) }, { ...options, subresource: undefined }, (pod) => {
    pod.spec.nodeName = node;
  });
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' };
}

/** Whoever holds the token of the kubeconfig may do everything, others what RBAC grants them. */
function review(api: Api, kind: string, object: ApiObject & Json, user: ApiUser | undefined): unknown {
  if (kind === 'SelfSubjectRulesReview') {
    const rules = [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }];
    const isAll = user === undefined;
    return { ...object, status: { resourceRules: isAll ? rules : [], nonResourceRules: [], incomplete: !isAll } };
  }
  const spec = (object['spec'] ?? {}) as { readonly resourceAttributes?: Partial<AccessAttributes> };
  const asked = { verb: '', group: '', resource: '', ...spec.resourceAttributes };
  const allowed = user === undefined || isAllowed(api.store, user, asked);
  return { ...object, status: { allowed, reason: user === undefined ? 'an administrator' : 'RBAC' } };
}

/** A list in the API's form. */
export function listOf(
  api: Api,
  { resource }: Target,
  items: readonly ApiObject[],
  next?: string,
  left?: number,
): unknown {
  return {
    kind: `${resource.kind}List`,
    apiVersion: apiVersionOf(resource),
    metadata: {
      resourceVersion: String(api.store.version()),
      ...(next && { continue: next }),
      ...(left && { remainingItemCount: left }),
    },
    items,
  };
}
