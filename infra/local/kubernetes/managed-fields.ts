import { stableJson } from './names.ts';
import { type ApiObject, clone, type ManagedFieldsEntry, timestamp } from './objects.ts';

/** Who writes: what `metadata.managedFields` says of it. */
export interface Writer {
  readonly manager: string;
  readonly operation?: 'Update' | 'Apply';
  readonly subresource?: string | undefined;
}

/** Keys by which lists are merged (k8s.io/api, `+listMapKey`); other lists are owned whole. */
const LIST_KEYS: Readonly<Record<string, readonly string[]>> = {
  containers: ['name'],
  initContainers: ['name'],
  ephemeralContainers: ['name'],
  volumes: ['name'],
  env: ['name'],
  imagePullSecrets: ['name'],
  ports: ['containerPort', 'protocol'],
  volumeMounts: ['mountPath'],
  conditions: ['type'],
  ownerReferences: ['uid'],
};

/** Never owned: the server sets them. */
const UNOWNED = new Set([
  'apiVersion',
  'kind',
  'f:metadata/f:name',
  'f:metadata/f:namespace',
  'f:metadata/f:uid',
  'f:metadata/f:resourceVersion',
  'f:metadata/f:generation',
  'f:metadata/f:creationTimestamp',
  'f:metadata/f:deletionTimestamp',
  'f:metadata/f:managedFields',
  'f:metadata/f:generateName',
]);

/** Leaves of an object by their FieldsV1 path, joined with U+0000, with their values. */
function leaves(value: unknown, path: string, into: Map<string, string>, listName = ''): void {
  if (UNOWNED.has(path.replaceAll('\0', '/'))) return;
  // A ServiceAccount's list of pull secrets is owned whole, a pod spec's by name.
  const keys = path === 'f:imagePullSecrets' ? undefined : LIST_KEYS[listName];
  if (Array.isArray(value) && keys) {
    for (const item of value) {
      const fields = item as Record<string, unknown>;
      const key = Object.fromEntries(keys.filter((one) => one in fields).map((one) => [one, fields[one]]));
      leaves(item, `${path}\0k:${stableJson(key)}`, into);
    }
    return;
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value) || Object.keys(value).length === 0) {
    if (value !== undefined) into.set(path, stableJson(value));
    return;
  }
  for (const [name, one] of Object.entries(value)) {
    if (path === '' && (name === 'apiVersion' || name === 'kind')) continue;
    leaves(one, path === '' ? `f:${name}` : `${path}\0f:${name}`, into, name);
  }
}

function leavesOf(object: unknown): Map<string, string> {
  const into = new Map<string, string>();
  leaves(object, '', into);
  return into;
}

type Tree = { [key: string]: Tree };

function toTree(paths: Iterable<string>): Tree {
  const root: Tree = {};
  for (const path of paths) {
    let at = root;
    for (const part of path.split('\0')) {
      at[part] ??= {};
      at = at[part] as Tree;
    }
  }
  return root;
}

function toPaths(tree: Tree, prefix = ''): string[] {
  return Object.entries(tree).flatMap(([part, below]) => {
    const path = prefix === '' ? part : `${prefix}\0${part}`;
    return Object.keys(below).length === 0 ? [path] : toPaths(below, path);
  });
}

function isSame(some: readonly string[], others: readonly string[]): boolean {
  const have = new Set(some);
  return have.size === new Set(others).size && others.every((path) => have.has(path));
}

/** The paths that an applied configuration names. */
export function pathsOf(configuration: unknown): Set<string> {
  return new Set(leavesOf(configuration).keys());
}

/** Paths that this manager applied before. */
export function appliedPaths(object: ApiObject, manager: string): Set<string> {
  const entry = object.metadata.managedFields?.find((one) => one.manager === manager && one.operation === 'Apply');
  return new Set(entry ? toPaths(entry.fieldsV1 as Tree) : []);
}

/**
 * managedFields after a write: what changed belongs to the writer now, and to nobody else.
 * @param owned paths that the writer claims beyond what it changed (server-side apply)
 */
export function nextManagedFields(
  object: ApiObject,
  before: ApiObject | undefined,
  { manager, operation = 'Update', subresource }: Writer,
  now: number,
  owned: ReadonlySet<string> = new Set(),
): ManagedFieldsEntry[] {
  const old = before ? leavesOf(before) : new Map<string, string>();
  const next = leavesOf(object);
  const changed = [...next].filter(([path, value]) => old.get(path) !== value).map(([path]) => path);
  const gone = [...old.keys()].filter((path) => !next.has(path));
  const entries = clone(before?.metadata.managedFields ?? []);
  const claimed = operation === 'Apply' ? [...owned].filter((path) => next.has(path)) : changed;
  if (claimed.length === 0 && gone.length === 0) return entries;

  function isOwn(entry: ManagedFieldsEntry): boolean {
    return entry.manager === manager && entry.operation === operation && entry.subresource === subresource;
  }
  // The same configuration applied again changes nothing, its time included.
  const known = entries.find(isOwn);
  const isRepeated = operation === 'Apply' && known !== undefined && isSame(toPaths(known.fieldsV1 as Tree), claimed);
  if (isRepeated && changed.length === 0 && gone.length === 0) return entries;
  const lost = new Set([...changed, ...gone]);
  const kept = entries.flatMap((entry) => {
    const paths = toPaths(entry.fieldsV1 as Tree);
    const left = paths.filter((path) => (isOwn(entry) ? next.has(path) && operation === 'Update' : !lost.has(path)));
    if (left.length === paths.length && !isOwn(entry)) return [entry];
    return left.length === 0 ? [] : [{ ...entry, fieldsV1: toTree(left) }];
  });
  const mine = kept.find(isOwn);
  const others = kept.filter((entry) => !isOwn(entry));
  const paths = new Set([...(mine ? toPaths(mine.fieldsV1 as Tree) : []), ...claimed]);
  if (paths.size === 0) return others;
  return [
    ...others,
    {
      manager,
      operation,
      apiVersion: object.apiVersion,
      time: timestamp(now),
      fieldsType: 'FieldsV1',
      fieldsV1: toTree(paths),
      ...(subresource && { subresource }),
    },
  ];
}
