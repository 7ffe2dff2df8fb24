import { identityOf, MAX_ALERTS } from '../../domain/incident/report.ts';
import type { TriageJob } from '../../domain/jobs.ts';
import type { IncidentStore } from '../../ports/incident-store.ts';
import type { RecordStore } from '../../ports/record-store.ts';
import { fromBody, toBody } from './json-body.ts';
import { DAY_MS, keptPartition, keys } from './keys.ts';
import { updateRecord } from './update-record.ts';

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
          body: toBody(current === undefined ? job : merge(fromBody(current.body), job)),
          expiresAt: at + DAY_MS,
        },
        result: undefined,
      })),

    async keptLooks(cluster) {
      const kept = await records.list(keptPartition(cluster));
      return kept.map(({ body, version }) => ({ job: fromBody<TriageJob>(body), version }));
    },

    async forgetLook({ job, version }) {
      await records.transact([{ kind: 'delete', key: keys.keptLook(job.scope), expect: version }]);
    },
  };
}

/** One look serves both; what either alert said stays, the newest word on each. */
function merge(known: TriageJob, job: TriageJob): TriageJob {
  const newer = new Set(job.alerts.map(identityOf));
  const earlier = known.alerts.filter((alert) => !newer.has(identityOf(alert)));
  return {
    ...job,
    from: known.from === 'alert' ? 'alert' : job.from,
    alerts: [...job.alerts, ...earlier].slice(0, MAX_ALERTS),
    alertCount: job.alertCount + earlier.length,
    waits: Math.max(known.waits ?? 0, job.waits ?? 0),
  };
}
