import type { Instant } from '../domain/instant.ts';
import type { RefreshMemory } from '../domain/refresh/refresh-memory.ts';
import { WRITES_KEPT_MS } from '../domain/refresh/write-caps.ts';
import type { JsonValue, RecordStore } from '../ports/record-store.ts';
import type { RefreshStore } from '../ports/refresh-store.ts';
import { fromBody, toBody } from './incident-records/json-body.ts';
import { contestedPartition, KEPT_MS, keys } from './incident-records/keys.ts';
import { createRepairRecords } from './incident-records/repairs.ts';
import { updateRecord } from './incident-records/update-record.ts';

/** Transactions take at most 100 writes. */
const WRITES_AT_ONCE = 100;

/** The refresh store on any record store; what lies where is in `incident-records/keys.ts`. */
export function createRecordRefreshStore(records: RecordStore): RefreshStore {
  async function contestedWrites(cluster: string): Promise<ReadonlyMap<string, readonly Instant[]>> {
    const found = await records.list(contestedPartition(cluster));
    return new Map(found.map(({ body }) => readWrites(body)).map(({ secret, at }) => [secret, at]));
  }

  return {
    contestedWrites,
    noteRepairResults: createRepairRecords(records).noteRepairResults,

    async memory(cluster) {
      return readMemory((await records.get(keys.refreshMemory(cluster)))?.body);
    },

    updateMemory: (cluster, decide) =>
      updateRecord(records, keys.refreshMemory(cluster), (current) => {
        const before = readMemory(current?.body);
        const after = decide(before);
        if (after === undefined || after === before) return { write: undefined, result: before };
        const body = toBody(after);
        return { write: { body, expiresAt: after.run.startedAt + KEPT_MS }, result: readMemory(body) };
      }),

    async addContestedWrites(cluster, secrets, at) {
      if (secrets.length === 0) return;
      const known = await contestedWrites(cluster);
      for (let from = 0; from < secrets.length; from += WRITES_AT_ONCE) {
        await records.transact(
          secrets.slice(from, from + WRITES_AT_ONCE).map((secret) => ({
            kind: 'put',
            // A secret is written by one at a time: of two runs, the other's write is refused by its resourceVersion.
            expect: 'any',
            record: {
              ...keys.contestedWrites(cluster, secret),
              body: { secret, at: [...recent(known.get(secret) ?? [], at), at] },
              expiresAt: at + WRITES_KEPT_MS,
            },
          })),
        );
      }
    },
  };
}

function recent(writes: readonly Instant[], now: Instant): readonly Instant[] {
  return writes.filter((at) => now - at < WRITES_KEPT_MS);
}

function readMemory(body: JsonValue | undefined): RefreshMemory | undefined {
  return body === undefined ? undefined : fromBody<RefreshMemory>(body);
}

function readWrites(body: JsonValue) {
  return fromBody<{ readonly secret: string; readonly at: readonly Instant[] }>(body);
}
