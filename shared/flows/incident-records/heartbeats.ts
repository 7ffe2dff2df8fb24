import type { Instant } from '../../domain/instant.ts';
import type { IncidentStore } from '../../ports/incident-store.ts';
import type { RecordStore, StoredRecord } from '../../ports/record-store.ts';
import { KEPT_MS, keys } from './keys.ts';
import { updateRecord } from './update-record.ts';

interface HeartbeatBody {
  readonly at: Instant;
  readonly silentSince?: Instant;
}

type Heartbeats = Pick<IncidentStore, 'markHeartbeat' | 'heartbeat' | 'markSilent'>;

/** The last sign of life of each cluster's alerting. */
export function createHeartbeatRecords(records: RecordStore): Heartbeats {
  return {
    markHeartbeat: (cluster, at) =>
      updateRecord(records, keys.heartbeat(cluster), (current) => {
        const known = read(current);
        if (known !== undefined && known.at >= at) return { write: undefined, result: undefined };
        return { write: { body: { ...known, at }, expiresAt: at + KEPT_MS }, result: undefined };
      }),

    heartbeat: async (cluster) => read(await records.get(keys.heartbeat(cluster))),

    markSilent: (cluster, since) =>
      updateRecord(records, keys.heartbeat(cluster), (current) => {
        const known = read(current);
        if (known === undefined) return { write: undefined, result: undefined };
        const body = { at: known.at, ...(since !== undefined && { silentSince: since }) };
        return { write: { body, expiresAt: known.at + KEPT_MS }, result: undefined };
      }),
  };
}

function read(record: StoredRecord | undefined): HeartbeatBody | undefined {
  return record?.body as HeartbeatBody | undefined;
}
