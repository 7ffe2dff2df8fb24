import { types } from 'node:util';
import { PullmedicError } from '../../domain/errors.ts';
import type { LogFields } from '../../ports/log.ts';

const MAX_DEPTH = 6;
const MAX_CAUSES = 4;
const MAX_TEXT = 4000;

/**
 * Fields as plain data that any serialiser takes: errors with their chain of causes, no cycles, no bigints, text cut at
 * 4,000 characters. A `Secret` becomes `[secret]` by its own `toJSON`.
 */
export function plainFields(fields: LogFields): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, plain(value, [])]));
}

function plain(value: unknown, parents: readonly object[]): unknown {
  if (typeof value === 'string') return value.length > MAX_TEXT ? `${value.slice(0, MAX_TEXT)}…` : value;
  if (typeof value === 'bigint' || typeof value === 'symbol' || typeof value === 'function') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (parents.includes(value)) return '[circular]';
  if (parents.length >= MAX_DEPTH) return '[deep]';
  const line = [...parents, value];

  if (types.isNativeError(value)) return plainError(value, MAX_CAUSES);
  if ('toJSON' in value && typeof value.toJSON === 'function') return plain(value.toJSON(), line);
  if (Array.isArray(value)) return value.map((one) => plain(one, line));
  if (value instanceof Map || value instanceof Set) return plain([...value], line);
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, plain(one, line)]));
}

function plainError(error: Error, causesLeft: number): Record<string, unknown> {
  const code = 'code' in error ? { code: plain(error.code, []) } : {};
  // What a port throws is expected and says where it comes from; anything else is a bug, and its stack is wanted.
  const more = error instanceof PullmedicError ? { retry: error.retry } : { stack: plain(error.stack, []) };
  const isShown = types.isNativeError(error.cause) && causesLeft > 0;
  return {
    name: error.name,
    message: plain(error.message, []),
    ...code,
    ...more,
    ...(isShown ? { cause: plainError(error.cause as Error, causesLeft - 1) } : {}),
  };
}
