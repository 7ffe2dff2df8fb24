import type { ToldAlerts } from '../../domain/incident/diagnosed-alerts.ts';
import type { IncidentStore } from '../../ports/incident-store.ts';
import type { JsonValue, RecordStore } from '../../ports/record-store.ts';
import { DAY_MS, keys } from './keys.ts';

/** What each Alertmanager was told: gone as soon as nothing fires, and long after the alerts ended by themselves. */
export function createToldRecords(records: RecordStore): Pick<IncidentStore, 'toldAlerts' | 'saveToldAlerts'> {
  return {
    async toldAlerts(target, cluster, namespace) {
      const record = await records.get(keys.told(target, cluster, namespace));
      return record?.body as ToldAlerts | undefined;
    },

    async saveToldAlerts(target, cluster, namespace, told) {
      const key = keys.told(target, cluster, namespace);
      await records.transact([
        told.alerts.length === 0
          ? { kind: 'delete', key, expect: 'any' }
          : {
              kind: 'put',
              expect: 'any',
              record: { ...key, body: told as unknown as JsonValue, expiresAt: told.at + DAY_MS },
            },
      ]);
    },
  };
}
