import type { Instant } from '../../domain/instant.ts';
import type { IncidentStore } from '../../ports/incident-store.ts';
import type { RecordKey, RecordStore, StoredRecord } from '../../ports/record-store.ts';
import { DAY_MS, keys, rejectedPartition } from './keys.ts';
import { updateRecord } from './update-record.ts';

const COUNTERS_KEPT_MS = 2 * DAY_MS;
const CLAIMS_KEPT_MS = 8 * DAY_MS;

type Counters = Pick<IncidentStore, 'countBuzz' | 'countRejected' | 'rejected' | 'claimOnce'>;

/** Counters of clock hours, and rights that are given once. */
export function createCounterRecords(records: RecordStore): Counters {
  function increment(key: RecordKey, name: string, at: Instant): Promise<number> {
    return updateRecord(records, key, (current) => {
      const count = readCounter(current).count + 1;
      return { write: { body: { name, count }, expiresAt: at + COUNTERS_KEPT_MS }, result: count };
    });
  }

  return {
    countBuzz: async (channel, at) => ({ count: await increment(keys.buzz(channel, at), channel, at) }),

    countRejected: async (kind, at) => {
      await increment(keys.rejected(kind, at), kind, at);
    },

    async rejected(hour) {
      const counters = (await records.list(rejectedPartition(hour))).map(readCounter);
      return Object.fromEntries(counters.map(({ name, count }) => [name, count]));
    },

    claimOnce: (id, at) =>
      updateRecord(records, keys.once(id), (current) =>
        current === undefined
          ? { write: { body: { at }, expiresAt: at + CLAIMS_KEPT_MS }, result: true }
          : { write: undefined, result: false },
      ),
  };
}

function readCounter(record: StoredRecord | undefined): { readonly name: string; readonly count: number } {
  return (record?.body ?? { name: '', count: 0 }) as { readonly name: string; readonly count: number };
}
