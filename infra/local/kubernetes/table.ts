import type { ApiObject, Json } from './objects.ts';
import type { Resource } from './resources.ts';
import { columnsOf } from './table-columns.ts';

/** `kubectl get` asks for a Table: columns and cells as the real server prints them. */
export function presentTable(
  resource: Resource,
  objects: readonly ApiObject[],
  now: number,
  metadata: Json,
  includeObject: string | null,
): unknown {
  const columns = columnsOf(resource);
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions: columns.map(({ name, type = 'string', priority = 0 }) => ({
      name,
      type,
      format: name === 'Name' ? 'name' : '',
      description: '',
      priority,
    })),
    rows: objects.map((object) => ({
      cells: columns.map(({ cell }) => cell(object, now)),
      object: rowObject(object, includeObject),
    })),
  };
}

function rowObject(object: ApiObject, includeObject: string | null): unknown {
  if (includeObject === 'None') return undefined;
  if (includeObject === 'Object') return object;
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
}
