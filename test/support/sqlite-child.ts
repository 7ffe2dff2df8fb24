import { createSystemClock } from '../../shared/adapters/clock.ts';
import { openDatabase } from '../../shared/adapters/sqlite/open-database.ts';
import { createSqliteQueue } from '../../shared/adapters/sqlite/sqlite-queue.ts';
import { createSqliteRecordStore } from '../../shared/adapters/sqlite/sqlite-record-store.ts';
import { updateRecord } from '../../shared/flows/incident-records/update-record.ts';

/**
 * A process of its own on the database file of a test: `node sqlite-child.ts write|count FILE`.
 * - `write`: writes records and jobs until it is killed, and says on standard output what has been acknowledged
 * - `count`: adds 1 to one record 40 times
 */
const [, , task, path = ''] = process.argv;
const db = openDatabase(path);
const clock = createSystemClock();
const store = createSqliteRecordStore({ db, clock });

if (task === 'write') {
  const queue = createSqliteQueue<number>({ db, clock, name: 'jobs' });
  for (let n = 0; ; n += 1) {
    const body = { n, text: 'x'.repeat(2000) };
    await store.transact([
      { kind: 'put', expect: 'absent', record: { partition: 'a', sort: `${n}`, body } },
      { kind: 'put', expect: 'absent', record: { partition: 'b', sort: `${n}`, body } },
    ]);
    await queue.send(n);
    process.stdout.write(`${n}\n`);
    // The signal stops it between two writes as well as within one: nothing is flushed, nothing is closed.
    if (n === 25) process.kill(process.pid, 'SIGKILL');
  }
}

for (let n = 0; n < 40; n += 1) {
  await updateRecord(store, { partition: 'counter', sort: 'counter' }, (current) => {
    return { write: { body: Number(current?.body ?? 0) + 1 }, result: undefined };
  });
}
db.close();
