import { appendFileSync, closeSync, existsSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

/** Changes on disk, one JSON line each, written before whoever asked for them gets an answer: kill −9 loses none. */
export interface Journal<Entry> {
  /** What stood there when it was opened, oldest first, superseded entries left out. */
  readonly entries: readonly Entry[];
  append(entry: Entry): void;
  close(): void;
}

/**
 * Reads what is there; a last line cut short by a crash was never answered for, and is cut off.
 * @param keyOf of two entries with the same key only the later counts
 */
export function openJournal<Entry>(file: string, keyOf: (entry: Entry) => string): Journal<Entry> {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const newest = new Map<string, Entry>();
  for (const line of text.slice(0, text.lastIndexOf('\n') + 1).split('\n')) {
    if (line === '') continue;
    const entry = JSON.parse(line) as Entry;
    newest.set(keyOf(entry), entry);
  }
  const entries = [...newest.values()];
  // Renamed into place: a crash in between leaves the old one.
  writeFileSync(`${file}.new`, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''), { mode: 0o600 });
  renameSync(`${file}.new`, file);

  const descriptor = openSync(file, 'a', 0o600);
  let isOpen = true;
  return {
    entries,
    append(entry) {
      if (isOpen) appendFileSync(descriptor, `${JSON.stringify(entry)}\n`);
    },
    close() {
      if (isOpen) closeSync(descriptor);
      isOpen = false;
    },
  };
}
