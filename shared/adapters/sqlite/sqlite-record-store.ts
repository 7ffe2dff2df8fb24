import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { StoreError } from '../../domain/errors.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Clock } from '../../ports/clock.ts';
import type { JsonValue, RecordStore, RecordWrite, StoredRecord } from '../../ports/record-store.ts';
import { type CheckedWrite, checkKey, checkWrites } from '../records/check-writes.ts';
import { inTransaction } from './in-transaction.ts';
import { fromSqliteError } from './sqlite-errors.ts';

/** Text compares by its UTF-8 bytes (BINARY), as DynamoDB's does. */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS records (
    pk TEXT NOT NULL,
    sk TEXT NOT NULL,
    version INTEGER NOT NULL,
    body TEXT NOT NULL,
    due_queue TEXT,
    due_at REAL,
    expires_at REAL,
    PRIMARY KEY (pk, sk)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS records_due ON records (due_queue, due_at) WHERE due_queue IS NOT NULL;
  CREATE INDEX IF NOT EXISTS records_expiry ON records (expires_at) WHERE expires_at IS NOT NULL;
`;

/** Expired records are absent at once; they are deleted at a write, at most this often. */
const PURGE_EVERY_MS = 300_000;

/** The embedded engine's store: a table in the one SQLite file. Each transaction is on the disk when it returns. */
export function createSqliteRecordStore({
  db,
  clock,
}: {
  readonly db: DatabaseSync;
  readonly clock: Clock;
}): RecordStore {
  db.exec(SCHEMA);
  const isLive = '(expires_at IS NULL OR expires_at > ?)';
  const selectOne = db.prepare(`SELECT * FROM records WHERE pk = ? AND sk = ? AND ${isLive}`);
  const selectFrom = db.prepare(`SELECT * FROM records WHERE pk = ? AND sk >= ? AND ${isLive} ORDER BY sk`);
  const selectDue = db.prepare(
    `SELECT * FROM records WHERE due_queue = ? AND due_at <= ? AND ${isLive} ORDER BY due_at, pk, sk LIMIT ?`,
  );
  const selectVersion = db.prepare(`SELECT version FROM records WHERE pk = ? AND sk = ? AND ${isLive}`);
  const upsert = db.prepare('INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?, ?, ?, ?)');
  const deleteOne = db.prepare('DELETE FROM records WHERE pk = ? AND sk = ?');
  const deleteExpired = db.prepare('DELETE FROM records WHERE expires_at <= ?');
  let purgedAt = clock.now();

  function write({ write, key, text }: CheckedWrite, now: Instant): boolean {
    const version = selectVersion.get(key.partition, key.sort, now)?.['version'];
    if (!isMet(write.expect, version)) return false;

    if (write.kind === 'delete') deleteOne.run(key.partition, key.sort);
    if (write.kind === 'put') {
      const { due, expiresAt } = write.record;
      const next = typeof version === 'number' ? version + 1 : 1;
      upsert.run(key.partition, key.sort, next, text, due?.queue ?? null, due?.at ?? null, expiresAt ?? null);
    }
    return true;
  }

  function purge(now: Instant): void {
    if (now - purgedAt < PURGE_EVERY_MS) return;
    deleteExpired.run(now);
    purgedAt = now;
  }

  return {
    async get(key) {
      return attempt('read a record', () => {
        checkKey(key);
        const row = selectOne.get(key.partition, key.sort, clock.now());
        return row && toRecord(row);
      });
    },

    async list(partition, options = {}) {
      const prefix = options.sortPrefix ?? '';
      return attempt('list records', () => {
        const records: StoredRecord[] = [];
        for (const row of selectFrom.iterate(partition, prefix, clock.now())) {
          const record = toRecord(row);
          // Sorted from the prefix on: the first that lacks it ends the run.
          if (!record.sort.startsWith(prefix)) break;
          records.push(record);
        }
        return records;
      });
    },

    async listDue(queue, until, limit) {
      return attempt('list due records', () => selectDue.all(queue, until, clock.now(), limit).map(toRecord));
    },

    async transact(writes) {
      const checked = checkWrites(writes);
      if (checked.length === 0) return 'done';
      return attempt('write records', () => {
        const now = clock.now();
        const isDone = inTransaction(
          db,
          () => {
            purge(now);
            return checked.every((one) => write(one, now));
          },
          (areAllMet) => !areAllMet,
        );
        return isDone ? 'done' : 'conflict';
      });
    },
  };
}

function isMet(expect: RecordWrite['expect'], version: SQLOutputValue | undefined): boolean {
  if (expect === 'any') return true;
  return expect === 'absent' ? version === undefined : version === expect;
}

function toRecord(row: Record<string, SQLOutputValue>): StoredRecord {
  const { due_queue: queue, due_at: at, expires_at: expiresAt } = row;
  return {
    partition: String(row['pk']),
    sort: String(row['sk']),
    version: Number(row['version']),
    body: JSON.parse(String(row['body'])) as JsonValue,
    ...(typeof queue === 'string' && typeof at === 'number' ? { due: { queue, at } } : {}),
    ...(typeof expiresAt === 'number' ? { expiresAt } : {}),
  };
}

function attempt<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw fromSqliteError(StoreError, what, error);
  }
}
