import { type RepairedSecret, type SecretRepair, withAsk, withResult } from '../../domain/incident/secret-repair.ts';
import { WRITES_KEPT_MS } from '../../domain/refresh/write-caps.ts';
import type { RecordStore, StoredRecord } from '../../ports/record-store.ts';
import type { RepairStore } from '../../ports/repair-store.ts';
import { fromBody, toBody } from './json-body.ts';
import { keys, repairPartition } from './keys.ts';
import { updateRecord } from './update-record.ts';

/** One record a Secret: the look adds what it asked for, the refresh its answer. */
export function createRepairRecords(records: RecordStore): RepairStore {
  async function repairs(cluster: string, namespace: string): Promise<readonly SecretRepair[]> {
    const found = await records.list(repairPartition(cluster, namespace));
    return found.flatMap((record) => readRepair(record) ?? []);
  }

  async function noteResult(result: RepairedSecret): Promise<void> {
    const key = keys.repair(result.cluster, result.namespace, result.name);
    await updateRecord(records, key, (current) => {
      const known = readRepair(current);
      return { write: known && toWrite(withResult(known, result)), result: undefined };
    });
  }

  return {
    repairs,

    async noteRepairsAsked(cluster, namespace, secrets, at) {
      for (const name of secrets) {
        await updateRecord(records, keys.repair(cluster, namespace, name), (current) => ({
          write: toWrite(withAsk(readRepair(current), name, at)),
          result: undefined,
        }));
      }
    },

    async noteRepairResults(results) {
      const byNamespace = Map.groupBy(results, ({ cluster, namespace }) => `${cluster} ${namespace}`);
      for (const ofOne of byNamespace.values()) {
        const [first] = ofOne;
        if (first === undefined) continue;
        const asked = new Set((await repairs(first.cluster, first.namespace)).map(({ name }) => name));
        for (const result of ofOne.filter(({ name }) => asked.has(name))) await noteResult(result);
      }
    },
  };
}

function readRepair(record: StoredRecord | undefined): SecretRepair | undefined {
  return record && fromBody<SecretRepair>(record.body);
}

function toWrite(repair: SecretRepair) {
  return { body: toBody(repair), expiresAt: Math.max(...repair.asked, repair.result?.at ?? 0) + WRITES_KEPT_MS };
}
