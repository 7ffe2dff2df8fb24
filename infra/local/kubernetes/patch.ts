import { badRequest } from './api-error.ts';
import { stableJson } from './names.ts';
import { clone, type Json } from './objects.ts';

function isMap(value: unknown): value is Json {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** RFC 7386. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isMap(patch)) return clone(patch);
  const result: Json = isMap(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = mergePatch(result[key], value);
  }
  return result;
}

/** Lists that a strategic merge merges by key (k8s.io/api, `patchMergeKey`); all others are replaced whole. */
const MERGE_KEYS: Readonly<Record<string, string>> = {
  containers: 'name',
  initContainers: 'name',
  ephemeralContainers: 'name',
  volumes: 'name',
  env: 'name',
  imagePullSecrets: 'name',
  secrets: 'name',
  volumeMounts: 'mountPath',
  volumeDevices: 'devicePath',
  conditions: 'type',
  ownerReferences: 'uid',
  hostAliases: 'ip',
  topologySpreadConstraints: 'topologyKey',
  addresses: 'type',
};

/** A ServiceAccount's list of that name is atomic; a pod spec's, which never stands at the top, is keyed. */
const ATOMIC_AT_TOP: readonly string[] = ['imagePullSecrets'];

/** `ports` is keyed by containerPort in a container and by port in a Service. */
function mergeKey(name: string, items: readonly unknown[]): string | undefined {
  if (name === 'ports') return items.some((one) => isMap(one) && 'containerPort' in one) ? 'containerPort' : 'port';
  return MERGE_KEYS[name];
}

function mergeList(name: string, target: readonly unknown[], patch: readonly unknown[], isTop: boolean): unknown[] {
  const key = isTop && ATOMIC_AT_TOP.includes(name) ? undefined : mergeKey(name, [...patch, ...target]);
  if (patch.some((one) => isMap(one) && one['$patch'] === 'replace')) {
    return patch.filter((one) => !(isMap(one) && one['$patch'] === 'replace'));
  }
  if (key === undefined) {
    if (name === 'finalizers') return [...new Set([...target, ...patch])];
    return clone(patch) as unknown[];
  }
  let result = [...target];
  for (const item of patch) {
    if (!isMap(item)) throw badRequest(`strategic merge: an item of ${name} is not an object`);
    const at = result.findIndex((one) => isMap(one) && one[key] === item[key]);
    if (item['$patch'] === 'delete') result = result.filter((_, i) => i !== at);
    else if (at >= 0) result[at] = strategicMerge(result[at], item, false);
    else result.push(strategicMerge({}, item, false));
  }
  return result;
}

function reorder(name: string, items: readonly unknown[], order: readonly unknown[]): unknown[] {
  const key = mergeKey(name, [...items, ...order]);
  const rank = order.map((one) => stableJson(key !== undefined && isMap(one) ? one[key] : one));
  function position(item: unknown): number {
    const at = rank.indexOf(stableJson(key !== undefined && isMap(item) ? item[key] : item));
    return at < 0 ? rank.length : at;
  }
  return [...items].sort((a, b) => position(a) - position(b));
}

/** Kubernetes' strategic merge patch, with its directives: $patch, $retainKeys, $setElementOrder, $deleteFromPrimitiveList. */
export function strategicMerge(target: unknown, patch: unknown, isTop = true): unknown {
  if (!isMap(patch)) return clone(patch);
  if (patch['$patch'] === 'replace') {
    const { $patch: _, ...rest } = patch;
    return clone(rest);
  }
  if (patch['$patch'] === 'delete') return undefined;
  let result: Json = isMap(target) ? { ...target } : {};
  const retained = patch['$retainKeys'];
  if (Array.isArray(retained)) {
    result = Object.fromEntries(Object.entries(result).filter(([key]) => retained.includes(key)));
  }
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith('$')) continue;
    if (value === null) delete result[key];
    else if (Array.isArray(value)) {
      const before = result[key];
      result[key] = mergeList(key, Array.isArray(before) ? before : [], value, isTop);
    } else {
      const merged = strategicMerge(result[key], value, false);
      if (merged === undefined) delete result[key];
      else result[key] = merged;
    }
  }
  for (const [key, value] of Object.entries(patch)) {
    const [directive, name = ''] = key.split('/');
    const list = result[name];
    if (!Array.isArray(value) || !Array.isArray(list)) continue;
    if (directive === '$deleteFromPrimitiveList') result[name] = list.filter((one) => !value.includes(one));
    if (directive === '$setElementOrder') result[name] = reorder(name, list, value);
  }
  return result;
}

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}

function pointer(path: string): string[] {
  if (path === '') return [];
  if (!path.startsWith('/')) throw badRequest(`json patch: ${path} is not a pointer`);
  return path
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function read(document: unknown, path: string): unknown {
  let at: unknown = document;
  for (const part of pointer(path)) {
    at = Array.isArray(at) ? at[Number(part)] : isMap(at) ? at[part] : undefined;
  }
  return at;
}

function write(document: unknown, path: string, op: 'add' | 'replace' | 'remove', value: unknown): unknown {
  const parts = pointer(path);
  const last = parts.pop();
  if (last === undefined) return clone(value);
  const parent = read(document, parts.map((part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''));
  if (Array.isArray(parent)) {
    const index = last === '-' ? parent.length : Number(last);
    if (!Number.isInteger(index) || index < 0 || index > parent.length || (op !== 'add' && index >= parent.length)) {
      throw badRequest(`json patch: ${path} does not exist`);
    }
    if (op === 'remove') parent.splice(index, 1);
    else parent.splice(index, op === 'add' ? 0 : 1, clone(value));
    return document;
  }
  if (!isMap(parent) || (op !== 'add' && !(last in parent))) throw badRequest(`json patch: ${path} does not exist`);
  if (op === 'remove') delete parent[last];
  else parent[last] = clone(value);
  return document;
}

/** RFC 6902. @throws {ApiError} 400 where a path does not exist; 422-like 400 where a test fails */
export function jsonPatch(target: unknown, operations: readonly Operation[]): unknown {
  let document = clone(target);
  for (const { op, path, from, value } of operations) {
    if (op === 'test') {
      if (stableJson(read(document, path)) !== stableJson(value))
        throw badRequest(`json patch: test of ${path} failed`);
    } else if (op === 'move' || op === 'copy') {
      const moved = read(document, from ?? '');
      if (op === 'move') document = write(document, from ?? '', 'remove', undefined);
      document = write(document, path, 'add', moved);
    } else if (op === 'add' || op === 'replace' || op === 'remove') {
      document = write(document, path, op, value);
    } else throw badRequest(`json patch: unknown operation ${op}`);
  }
  return document;
}
