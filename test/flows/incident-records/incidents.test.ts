import { beforeEach, describe, expect, it } from '@jest/globals';
import { createAdjustableClock } from '../../../shared/adapters/clock.ts';
import { openDatabase } from '../../../shared/adapters/sqlite/open-database.ts';
import { createSqliteRecordStore } from '../../../shared/adapters/sqlite/sqlite-record-store.ts';
import { MAX_RUNS } from '../../../shared/domain/remedy/run.ts';
import { keys } from '../../../shared/flows/incident-records/keys.ts';
import { updateRecord } from '../../../shared/flows/incident-records/update-record.ts';
import { createRecordIncidentStore } from '../../../shared/flows/record-incident-store.ts';
import type { RecordStore } from '../../../shared/ports/record-store.ts';
import { aChange, anIncident, aSlice } from '../../support/incident-builders.ts';
import { aRun } from '../../support/sample-run.ts';

const START = Date.UTC(2026, 10, 22, 13);

/** What the contract suite cannot see: another's transaction that is half visible, and what is left behind. */
describe('records of incidents', () => {
  let records: RecordStore;

  beforeEach(() => {
    const clock = createAdjustableClock({ startAt: START });
    records = createSqliteRecordStore({ db: openDatabase(':memory:'), clock });
  });

  /** A store whose first lists show one slice as it was before the last commit. */
  async function openTorn(tornReads: number) {
    const store = createRecordIncidentStore(records);
    await store.commit(aChange());
    const old = await records.list('incident/incident-1');
    const incident = anIncident({ revision: 2 });
    await store.commit(aChange({ incident, expectedRevision: 1, slices: [aSlice({ observedAt: START + 1000 })] }));

    let lists = 0;
    const torn: RecordStore = {
      ...records,
      async list(partition, options) {
        const found = await records.list(partition, options);
        lists += 1;
        if (lists > tornReads) return found;
        return found.map((record) => {
          const isSlice = record.sort.startsWith('slice/');
          return isSlice ? (old.find(({ sort }) => sort === record.sort) ?? record) : record;
        });
      },
    };
    return createRecordIncidentStore(torn);
  }

  it('are read again when a slice is older than the incident says', async () => {
    const store = await openTorn(1);
    expect(await store.load('incident-1')).toMatchObject({
      incident: { revision: 2 },
      slices: [{ observedAt: START + 1000 }],
    });
  });

  it('are taken as they stand in the end: the incident guards its own commits', async () => {
    const store = await openTorn(99);
    expect(await store.load('incident-1')).toMatchObject({
      incident: { revision: 2 },
      slices: [{ observedAt: START }],
    });
  });

  it('that are incomplete are no incident: the reader tries again later', async () => {
    const store = createRecordIncidentStore(records);
    await store.commit(aChange());
    await records.transact([{ kind: 'delete', key: keys.slice('incident-1', 'shop', 0), expect: 'any' }]);
    await expect(store.load('incident-1')).rejects.toMatchObject({ code: 'store', retry: 'retry' });
  });

  it('with as many uses of remedies over hundreds of workloads as it remembers fit, and are read as they were', async () => {
    const store = createRecordIncidentStore(records);
    const members = Array.from({ length: 500 }, (_, n) => `namespace-${n}/Deployment/some-workload-${n * 7}/container`);
    const images = Object.fromEntries(
      members.map((key, n) => [key, `registry.example/some/repository-${n}:v1.2.${n}`]),
    );
    const runs = Array.from({ length: MAX_RUNS }, (_, n) => aRun({ offerId: `offer-${n}`, members, images }));
    const incident = anIncident({ runs });
    expect(await store.commit(aChange({ incident }))).toBe('done');
    expect((await store.load(incident.id))?.incident.runs).toEqual(JSON.parse(JSON.stringify(runs)));
    const next = aChange({ incident: { ...incident, revision: 2 }, expectedRevision: 1 });
    expect(await store.commit(next)).toBe('done');
    expect(await store.commit(next)).toBe('conflict');
  });

  it('slices written ahead of a commit that lost leave no incident behind', async () => {
    const store = createRecordIncidentStore(records);
    const slices = Array.from({ length: 120 }, (_, n) => aSlice({ namespace: `ns-${n}` }));
    let isFirst = true;
    const losing = createRecordIncidentStore({
      ...records,
      async transact(writes) {
        // Between the slices that go ahead and the commit itself somebody else takes the slot.
        if (!isFirst) await store.commit(aChange({ incident: anIncident({ id: 'faster' }) }));
        isFirst = false;
        return records.transact(writes);
      },
    });
    expect(await losing.commit(aChange({ slices }))).toBe('conflict');
    expect(await store.load('incident-1')).toBeUndefined();
    const found = await Promise.all(slices.map(({ namespace }) => store.incidentsIn('prod-eu', namespace, START)));
    expect(found.flat()).toEqual([]);
    expect(await store.duePokes(START, 10)).toEqual([{ incidentId: 'faster', revision: 1 }]);
  });

  it('index entries of incidents that ended long ago are cleaned up by who meets them', async () => {
    const store = createRecordIncidentStore(records);
    await store.commit(aChange());
    const incident = anIncident({ revision: 2, state: 'recovered', endedAt: START });
    await store.commit(aChange({ incident, expectedRevision: 1 }));
    expect(await records.list('namespace/prod-eu/shop')).toHaveLength(1);
    await store.incidentsIn('prod-eu', 'shop', START + 3_600_000);
    expect(await records.list('namespace/prod-eu/shop')).toHaveLength(1);
    await store.incidentsIn('prod-eu', 'shop', START + 7_200_000);
    expect(await records.list('namespace/prod-eu/shop')).toEqual([]);
  });

  it('an update gives up, to be tried later, when others are always faster', async () => {
    const key = { partition: 'p', sort: 's' };
    const busy: RecordStore = { ...records, transact: async () => 'conflict' };
    const updating = updateRecord(busy, key, () => ({ write: { body: 1 }, result: 'x' }));
    await expect(updating).rejects.toMatchObject({ code: 'store', retry: 'retry' });
  });
});
