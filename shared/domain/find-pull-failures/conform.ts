import { isRecord } from '../is-record.ts';

/**
 * What a field of an outside object must look like. `text`, `number` and `flag` are the JSON types; `texts` is an object
 * of texts; `any` is passed on as it is.
 */
export type Shape =
  | 'text'
  | 'number'
  | 'flag'
  | 'texts'
  | 'any'
  | { readonly list: Shape }
  | { readonly fields: Readonly<Record<string, Shape>>; readonly needs?: readonly string[] };

/**
 * Takes from outside data only what has the expected type: a field of a wrong type is left out, and so is an object
 * that lacks a field it `needs`. Cluster text is untrusted, and a hand-edited file may hold anything.
 */
export function conform(value: unknown, shape: Shape): unknown {
  if (value === undefined || value === null) return undefined;
  if (shape === 'any') return value;
  if (shape === 'text') return conformText(value);
  if (shape === 'number') return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
  if (shape === 'flag') return typeof value === 'boolean' ? value : undefined;
  if (shape === 'texts') return conformTexts(value);
  if ('list' in shape) {
    if (!Array.isArray(value)) return undefined;
    return value.map((item) => conform(item, shape.list)).filter((item) => item !== undefined);
  }
  return conformFields(value, shape.fields, shape.needs ?? []);
}

/** Kubernetes clients turn times into `Date`s. */
function conformText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return value instanceof Date && !Number.isNaN(value.getTime()) ? value.toISOString() : undefined;
}

function conformTexts(value: unknown): unknown {
  if (!isRecord(value)) return undefined;
  // fromEntries defines properties, so that a key `__proto__` is a key like any other.
  return Object.fromEntries(Object.entries(value).filter(([, item]) => typeof item === 'string'));
}

function conformFields(value: unknown, fields: Readonly<Record<string, Shape>>, needs: readonly string[]): unknown {
  if (!isRecord(value)) return undefined;
  const kept: Record<string, unknown> = {};
  for (const [name, shape] of Object.entries(fields)) {
    const field = Object.hasOwn(value, name) ? conform(value[name], shape) : undefined;
    if (field !== undefined) kept[name] = field;
  }
  return needs.every((name) => kept[name] !== undefined && kept[name] !== '') ? kept : undefined;
}
