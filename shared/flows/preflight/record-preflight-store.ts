import type { PreflightMemory } from '../../domain/preflight/memory.ts';
import type { PreflightStore } from '../../ports/preflight-store.ts';
import type { RecordStore } from '../../ports/record-store.ts';
import { fromBody, toBody } from '../incident-records/json-body.ts';
import { KEPT_MS, keys } from '../incident-records/keys.ts';
import { updateRecord } from '../incident-records/update-record.ts';

/** The preflight store on any record store. */
export function createRecordPreflightStore(records: RecordStore): PreflightStore {
  return {
    updateMemory: (cluster, decide) =>
      updateRecord(records, keys.preflightMemory(cluster), (current) => {
        const before = current === undefined ? undefined : fromBody<PreflightMemory>(current.body);
        const after = decide(before);
        if (after === undefined || after === before) return { write: undefined, result: before };
        return { write: { body: toBody(after), expiresAt: after.nextRunAt + KEPT_MS }, result: after };
      }),
  };
}
