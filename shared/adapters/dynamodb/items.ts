import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { JsonValue, RecordKey, StoredRecord } from '../../ports/record-store.ts';

/** An item of the table. */
export type Item = Record<string, AttributeValue>;

/**
 * The table's attributes. `pk` and `sk` are its key; `dueQueue` and `dueAt` (ms) the key of the index `due` (all
 * attributes projected); `expiresAt` (whole seconds, rounded up) its TTL. `expiresAtMs` is what expiry is judged by:
 * the TTL deletes late. `body` is JSON text: a map would lose `__proto__` keys and the difference of 1 and 1.0.
 */
export const DUE_INDEX = 'due';

export function toKey({ partition, sort }: RecordKey): Item {
  return { pk: { S: partition }, sk: { S: sort } };
}

export function toRecord(item: Item): StoredRecord {
  const dueQueue = item['dueQueue']?.S;
  const dueAt = item['dueAt']?.N;
  const expiresAt = item['expiresAtMs']?.N;
  return {
    partition: item['pk']?.S ?? '',
    sort: item['sk']?.S ?? '',
    version: Number(item['version']?.N),
    body: JSON.parse(item['body']?.S ?? 'null') as JsonValue,
    ...(dueQueue === undefined || dueAt === undefined ? {} : { due: { queue: dueQueue, at: Number(dueAt) } }),
    ...(expiresAt === undefined ? {} : { expiresAt: Number(expiresAt) }),
  };
}

export function number(value: number): AttributeValue {
  return { N: String(value) };
}
