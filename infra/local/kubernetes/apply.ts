import { ApiError } from './api-error.ts';
import { appliedPaths, pathsOf } from './managed-fields.ts';
import { stableJson } from './names.ts';
import { type ApiObject, clone, type Json } from './objects.ts';
import { strategicMerge } from './patch.ts';

/** The item of a keyed list that `k:{"name":"web"}` names. */
function indexOfKey(list: readonly unknown[], part: string): number {
  const key = JSON.parse(part.slice(2)) as Json;
  return list.findIndex((item) =>
    Object.entries(key).every(([name, value]) => stableJson((item as Json)[name]) === stableJson(value)),
  );
}

function step(at: unknown, part: string): unknown {
  if (part.startsWith('k:')) return Array.isArray(at) ? at[indexOfKey(at, part)] : undefined;
  return at !== null && typeof at === 'object' ? (at as Json)[part.slice(2)] : undefined;
}

function valueAt(object: unknown, path: string): unknown {
  return path.split('\0').reduce(step, object);
}

function removeAt(object: unknown, path: string): void {
  const parts = path.split('\0');
  const last = parts.pop() ?? '';
  const parent = parts.reduce(step, object);
  if (Array.isArray(parent)) {
    const index = indexOfKey(parent, last);
    if (index >= 0) parent.splice(index, 1);
  } else if (parent !== null && typeof parent === 'object') delete (parent as Json)[last.slice(2)];
}

/** Whole items of keyed lists that were applied once and are named no more. */
function goneItems(before: ReadonlySet<string>, now: ReadonlySet<string>): Set<string> {
  function items(paths: ReadonlySet<string>): Set<string> {
    const found = new Set<string>();
    for (const path of paths) {
      const parts = path.split('\0');
      parts.forEach((part, i) => {
        if (part.startsWith('k:')) found.add(parts.slice(0, i + 1).join('\0'));
      });
    }
    return found;
  }
  const kept = items(now);
  return new Set([...items(before)].filter((path) => !kept.has(path)));
}

/**
 * Server-side apply: merges the configuration, removes what this manager applied before and names no more.
 * @returns the object and the paths that the manager owns now
 * @throws {ApiError} 409 where another manager owns a field that it would change, unless forced
 */
export function applyConfiguration(
  live: ApiObject | undefined,
  configuration: ApiObject,
  options: { readonly manager: string; readonly isForced: boolean },
): { readonly object: ApiObject; readonly owned: ReadonlySet<string> } {
  const { manager, isForced } = options;
  const owned = pathsOf(configuration);
  if (!live) return { object: clone(configuration), owned };

  const others = (live.metadata.managedFields ?? []).filter((entry) => entry.manager !== manager);
  const clashes = others.flatMap((entry) => {
    const theirs = appliedOrUpdated(live, entry.manager, entry.operation);
    return [...owned]
      .filter((path) => theirs.has(path))
      .filter((path) => stableJson(valueAt(live, path)) !== stableJson(valueAt(configuration, path)))
      .map((path) => ({
        manager: entry.manager,
        field: `.${path
          .split('\0')
          .map((part) => part.slice(2))
          .join('.')}`,
      }));
  });
  if (clashes.length > 0 && !isForced) {
    const [first] = clashes;
    throw new ApiError(
      409,
      'Conflict',
      `Apply failed with ${clashes.length} conflict${clashes.length === 1 ? '' : 's'}: conflict with "${first?.manager}": ${first?.field}`,
      {
        causes: clashes.map(({ manager: by, field }) => ({
          reason: 'FieldManagerConflict',
          message: `conflict with "${by}"`,
          field,
        })),
      },
    );
  }
  const before = appliedPaths(live, manager);
  const object = strategicMerge(live, configuration) as ApiObject;
  const result = clone(object);
  for (const path of goneItems(before, owned)) removeAt(result, path);
  for (const path of before) if (!owned.has(path)) removeAt(result, path);
  return { object: result, owned };
}

function appliedOrUpdated(live: ApiObject, manager: string, operation: 'Update' | 'Apply'): Set<string> {
  const entry = live.metadata.managedFields?.find((one) => one.manager === manager && one.operation === operation);
  if (!entry) return new Set();
  return appliedPaths(
    { ...live, metadata: { ...live.metadata, managedFields: [{ ...entry, operation: 'Apply' }] } },
    manager,
  );
}
