import type { IncidentStore } from '../../ports/incident-store.ts';
import type { RecordStore } from '../../ports/record-store.ts';
import { DAY_MS, keys } from './keys.ts';
import { updateRecord } from './update-record.ts';

/** The memory of what cannot be read: one record a cluster, there only while it is blind. */
export function createSightRecords(records: RecordStore): Pick<IncidentStore, 'markBlind' | 'markSeen'> {
  return {
    markBlind: (cluster, at) =>
      updateRecord(records, keys.sight(cluster), (current) => {
        const { since } = (current?.body ?? { since: at }) as { readonly since: number };
        // A blindness that nobody confirmed for a day is another one when it comes again.
        return { write: { body: { since }, expiresAt: at + DAY_MS }, result: since };
      }),

    async markSeen(cluster) {
      if ((await records.get(keys.sight(cluster))) === undefined) return;
      await records.transact([{ kind: 'delete', key: keys.sight(cluster), expect: 'any' }]);
    },
  };
}
