import type { DatabaseSync } from 'node:sqlite';
import { StoreError } from '../../domain/errors.ts';
import { fromSqliteError } from './sqlite-errors.ts';

const SCHEMA = 'CREATE TABLE IF NOT EXISTS write_probe (id INTEGER PRIMARY KEY, at REAL NOT NULL) STRICT;';

/**
 * Really writes one row: a full disk or a volume gone read-only shows nowhere else.
 * @returns a function that throws {StoreError} when the file does not take a write
 */
export function createWriteProbe(db: DatabaseSync): (at: number) => void {
  return (at) => {
    try {
      db.exec(SCHEMA);
      db.prepare('INSERT OR REPLACE INTO write_probe VALUES (1, ?)').run(at);
    } catch (error) {
      throw fromSqliteError(StoreError, 'write to the store', error);
    }
  };
}
