import type { RecordStore } from '../ports/record-store.ts';
import type { RemedyStore } from '../ports/remedy-store.ts';
import { createAuditRecords, createFeedbackRecords, createOfferRecords } from './incident-records/remedies.ts';

/** The remedy store on any record store; what lies where is in `incident-records/keys.ts`. */
export function createRecordRemedyStore(records: RecordStore): RemedyStore {
  return { ...createOfferRecords(records), ...createAuditRecords(records), ...createFeedbackRecords(records) };
}
