import { setTimeout as pause } from 'node:timers/promises';
import { StoreError } from '../../domain/errors.ts';
import type { RecordKey, RecordStore, RecordWrite, StoredRecord } from '../../ports/record-store.ts';

/** What to do about a record as it stands: write and give the result, or only give it. */
export interface RecordUpdate<T> {
  readonly write: Omit<StoredRecord, 'version' | 'partition' | 'sort'> | undefined;
  readonly result: T;
}

const MAX_TRIES = 12;
const MAX_PAUSE_MS = 60;

/**
 * Reads a record, decides, writes it if nobody wrote in between, else decides anew.
 * @throws {StoreError} `retry` when others were faster every time
 */
export async function updateRecord<T>(
  records: RecordStore,
  key: RecordKey,
  decide: (current: StoredRecord | undefined) => RecordUpdate<T>,
): Promise<T> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    // Two who keep colliding must fall out of step.
    if (tries > 0) await pause(Math.random() * Math.min(MAX_PAUSE_MS, 5 * 2 ** tries));
    const current = await records.get(key);
    const { write, result } = decide(current);
    if (write === undefined) return result;
    const put: RecordWrite = { kind: 'put', record: { ...key, ...write }, expect: current?.version ?? 'absent' };
    if ((await records.transact([put])) === 'done') return result;
  }
  throw new StoreError(`${key.partition} ${key.sort}: changed by others ${MAX_TRIES} times in a row`, {
    retry: 'retry',
  });
}
