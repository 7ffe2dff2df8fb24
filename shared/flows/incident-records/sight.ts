import type { TriageJob } from '../../domain/jobs.ts';
import type { IncidentStore } from '../../ports/incident-store.ts';
import type { JsonValue, RecordStore } from '../../ports/record-store.ts';
import { DAY_MS, keptPartition, keys } from './keys.ts';
import { updateRecord } from './update-record.ts';

/** Alerts that a look carries, as when it came in. */
const MOST_ALERTS = 20;

type SightRecords = Pick<
  IncidentStore,
  'markBlind' | 'blindness' | 'markSeen' | 'keepLook' | 'keptLooks' | 'forgetLook'
>;

/** The memory of what cannot be read: one record a cluster, there only while it is blind, and the looks that wait. */
export function createSightRecords(records: RecordStore): SightRecords {
  return {
    markBlind: (cluster, at) =>
      updateRecord(records, keys.sight(cluster), (current) => {
        const { since } = (current?.body ?? { since: at }) as { readonly since: number };
        // A blindness that nobody confirmed for a day is another one when it comes again.
        return { write: { body: { since }, expiresAt: at + DAY_MS }, result: since };
      }),

    async blindness(cluster) {
      const record = await records.get(keys.sight(cluster));
      return record && { since: (record.body as { readonly since: number }).since, version: record.version };
    },

    async markSeen(cluster, { version }) {
      // A conflict: a look was kept meanwhile. The next sweep ends the blindness, and finds it.
      await records.transact([{ kind: 'delete', key: keys.sight(cluster), expect: version }]);
    },

    keepLook: (job, at) =>
      updateRecord(records, keys.keptLook(job.scope), (current) => ({
        write: {
          body: merge(current?.body as TriageJob | undefined, job) as unknown as JsonValue,
          expiresAt: at + DAY_MS,
        },
        result: undefined,
      })),

    async keptLooks(cluster) {
      const kept = await records.list(keptPartition(cluster));
      return kept.map(({ body, version }) => ({ job: body as unknown as TriageJob, version }));
    },

    async forgetLook({ job, version }) {
      await records.transact([{ kind: 'delete', key: keys.keptLook(job.scope), expect: version }]);
    },
  };
}

/** One look serves both; what either alert said stays. JSON has no `undefined`. */
function merge(known: TriageJob | undefined, job: TriageJob): TriageJob {
  const earlier = (known?.alerts ?? []).filter(
    ({ name, fingerprint, startsAt }) =>
      !job.alerts.some((one) => one.name === name && one.fingerprint === fingerprint && one.startsAt === startsAt),
  );
  const merged: TriageJob = {
    ...job,
    from: known?.from === 'alert' ? 'alert' : job.from,
    alerts: [...job.alerts, ...earlier].slice(0, MOST_ALERTS),
    alertCount: job.alertCount + earlier.length,
    waits: Math.max(known?.waits ?? 0, job.waits ?? 0),
  };
  return JSON.parse(JSON.stringify(merged)) as TriageJob;
}
