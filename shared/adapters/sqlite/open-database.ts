import { chmodSync, mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** How long a statement waits for another process that writes. */
const BUSY_TIMEOUT_MS = 5000;

/**
 * Opens (or creates) the one file of the embedded engine. Its owner closes it.
 * @param path a file, whose folder is created, or `:memory:`
 */
export function openDatabase(path: string): DatabaseSync {
  const isFile = path !== ':memory:';
  if (isFile) mkdirSync(dirname(resolve(path)), { recursive: true, mode: 0o700 });

  const db = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
  // It holds what clusters said: not for other users of the machine.
  if (isFile) chmodSync(path, 0o600);
  db.exec('PRAGMA journal_mode = WAL');
  // FULL syncs the log at each commit: NORMAL may lose the last commits in a power cut.
  db.exec('PRAGMA synchronous = FULL');
  return db;
}
