import type { DatabaseSync } from 'node:sqlite';

/** Runs `work` in one write transaction: all that it wrote, or nothing if it throws or returns `rollback`. */
export function inTransaction<T>(
  db: DatabaseSync,
  work: () => T,
  isToRollBack: (result: T) => boolean = () => false,
): T {
  // IMMEDIATE takes the write lock before reading, so that what was read is still true when it is written.
  db.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    db.exec(isToRollBack(result) ? 'ROLLBACK' : 'COMMIT');
    return result;
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}
