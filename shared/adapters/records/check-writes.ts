import { StoreError } from '../../domain/errors.ts';
import type { RecordKey, RecordWrite } from '../../ports/record-store.ts';

/** DynamoDB takes items of 400 KiB, keys, due time and version included: 350 kB of body leave room for them. */
export const MAX_BODY_BYTES = 350_000;

/** DynamoDB takes 100 items a transaction. */
export const MAX_WRITES = 100;

/** DynamoDB takes 4 MiB a transaction; the rest is room for keys and conditions. */
export const MAX_TRANSACTION_BYTES = 3_800_000;

/** DynamoDB's limits for the two halves of a key. */
const MAX_PARTITION_BYTES = 2048;
const MAX_SORT_BYTES = 1024;

/** A write with its body as the text that is stored; `text` is '' for a delete and a check. */
export interface CheckedWrite {
  readonly write: RecordWrite;
  readonly key: RecordKey;
  readonly text: string;
}

/**
 * What both engines refuse alike, so that nothing works on the embedded one and fails on the other.
 * @throws {StoreError} `give-up`: too many writes, two for one key, a bad key, too large
 */
export function checkWrites(writes: readonly RecordWrite[]): readonly CheckedWrite[] {
  if (writes.length > MAX_WRITES) throw refusal(`${writes.length} writes in one transaction, at most ${MAX_WRITES}`);

  const seen = new Set<string>();
  let totalBytes = 0;
  return writes.map((write) => {
    const key = write.kind === 'put' ? write.record : write.key;
    checkKey(key);
    const identity = JSON.stringify([key.partition, key.sort]);
    if (seen.has(identity)) throw refusal(`two writes for ${key.partition} ${key.sort} in one transaction`);
    seen.add(identity);

    const text = write.kind === 'put' ? encodeBody(write.record) : '';
    totalBytes += Buffer.byteLength(text);
    if (totalBytes > MAX_TRANSACTION_BYTES) throw refusal(`a transaction over ${MAX_TRANSACTION_BYTES} bytes`);
    return { write, key, text };
  });
}

/** @throws {StoreError} `give-up` for a key that one of the engines cannot hold */
export function checkKey({ partition, sort }: RecordKey): void {
  for (const [name, text, limit] of [
    ['partition', partition, MAX_PARTITION_BYTES],
    ['sort', sort, MAX_SORT_BYTES],
  ] as const) {
    if (text === '') throw refusal(`an empty ${name} key`);
    // A lone surrogate has no UTF-8 form: two different keys would become one.
    if (!text.isWellFormed()) throw refusal(`a ${name} key that is not well-formed Unicode`);
    if (Buffer.byteLength(text) > limit) throw refusal(`a ${name} key over ${limit} bytes`);
  }
}

function encodeBody({ partition, sort, body }: RecordKey & { readonly body: unknown }): string {
  const text: string | undefined = JSON.stringify(body);
  if (text === undefined) throw refusal(`the body of ${partition} ${sort} is not JSON`);
  if (Buffer.byteLength(text) > MAX_BODY_BYTES) {
    throw refusal(`the body of ${partition} ${sort} has ${Buffer.byteLength(text)} bytes, at most ${MAX_BODY_BYTES}`);
  }
  return text;
}

function refusal(what: string): StoreError {
  return new StoreError(`the store cannot take ${what}`, { retry: 'give-up' });
}
