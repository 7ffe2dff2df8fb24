import type { DatabaseSync } from 'node:sqlite';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { type AdjustableClock, createAdjustableClock } from '../../../shared/adapters/clock.ts';
import { openDatabase } from '../../../shared/adapters/sqlite/open-database.ts';
import { createSqliteRecordStore } from '../../../shared/adapters/sqlite/sqlite-record-store.ts';
import type { RecordStore, RecordWrite } from '../../../shared/ports/record-store.ts';

const START = Date.UTC(2026, 10, 22, 13);
const put = (sort: string, expiresAt?: number): RecordWrite => {
  return { kind: 'put', expect: 'any', record: { partition: 'p', sort, body: {}, expiresAt } };
};

describe('the SQLite record store', () => {
  let db: DatabaseSync;
  let clock: AdjustableClock;
  let store: RecordStore;

  beforeEach(() => {
    db = openDatabase(':memory:');
    clock = createAdjustableClock({ startAt: START });
    store = createSqliteRecordStore({ db, clock });
  });

  it('deletes expired records at a later write, and those alone', async () => {
    await store.transact([put('soon', START + 1000), put('late', START + 3_600_000), put('never')]);
    clock.advance(600);
    await store.transact([put('new')]);
    const left = db
      .prepare('SELECT sk FROM records ORDER BY sk')
      .all()
      .map((row) => row['sk']);
    expect(left).toEqual(['late', 'never', 'new']);
  });

  it('says that a closed database may be there again later', async () => {
    db.close();
    const later = { code: 'store', retry: 'retry' };
    await expect(store.get({ partition: 'p', sort: 's' })).rejects.toMatchObject(later);
    await expect(store.transact([put('s')])).rejects.toMatchObject(later);
  });

  it('leaves no transaction open after a failure, and works on', async () => {
    db.exec("CREATE TEMP TRIGGER full BEFORE INSERT ON records BEGIN SELECT RAISE(ABORT, 'x'); END");
    await expect(store.transact([put('s')])).rejects.toMatchObject({ code: 'store', retry: 'give-up' });
    expect(db.isTransaction).toBe(false);
    db.exec('DROP TRIGGER full');
    expect(await store.transact([put('s')])).toBe('done');
  });

  it('opens what an earlier process wrote', async () => {
    await store.transact([put('s')]);
    expect(await createSqliteRecordStore({ db, clock }).list('p')).toHaveLength(1);
  });
});
