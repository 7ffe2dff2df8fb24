import { noteSpread, type RepositorySpread } from '../../domain/incident/repository-spread.ts';
import type { IncidentStore } from '../../ports/incident-store.ts';
import type { JsonValue, RecordStore } from '../../ports/record-store.ts';
import { DAY_MS, keys } from './keys.ts';
import { updateRecord } from './update-record.ts';

const NOWHERE: RepositorySpread = { places: [], isOneMessage: false };

/** Where a repository fails: one record for each, written only when a namespace has something new to say. */
export function createSpreadRecords(records: RecordStore): Pick<IncidentStore, 'noteSpread'> {
  return {
    noteSpread: (cluster, repository, place, timeScale) =>
      updateRecord(records, keys.spread(cluster, repository), (current) => {
        const before = (current?.body as unknown as RepositorySpread | undefined) ?? NOWHERE;
        const after = noteSpread(before, place, timeScale);
        if (after === undefined) return { write: undefined, result: before.isOneMessage };
        const write = { body: after as unknown as JsonValue, expiresAt: place.at + DAY_MS };
        return { write, result: after.isOneMessage };
      }),
  };
}
