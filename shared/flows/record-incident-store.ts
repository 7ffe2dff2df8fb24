import type { IncidentStore } from '../ports/incident-store.ts';
import type { RecordStore } from '../ports/record-store.ts';
import { commitIncident } from './incident-records/commit-incident.ts';
import { createCounterRecords } from './incident-records/counters.ts';
import { createHeartbeatRecords } from './incident-records/heartbeats.ts';
import { createIncidentReads } from './incident-records/incidents.ts';
import { createLookRecords } from './incident-records/looks.ts';
import { createPublishingRecords } from './incident-records/publishing.ts';
import { createRepairRecords } from './incident-records/repairs.ts';
import { createSightRecords } from './incident-records/sight.ts';
import { createSpreadRecords } from './incident-records/spreads.ts';
import { createToldRecords } from './incident-records/told.ts';

/** The incident store on any record store; what lies where is in `incident-records/keys.ts`. */
export function createRecordIncidentStore(records: RecordStore): IncidentStore {
  return {
    ...createLookRecords(records),
    ...createIncidentReads(records),
    ...createPublishingRecords(records),
    ...createCounterRecords(records),
    ...createSightRecords(records),
    ...createToldRecords(records),
    ...createSpreadRecords(records),
    ...createHeartbeatRecords(records),
    ...createRepairRecords(records),
    commit: (change) => commitIncident(records, change),
  };
}
