import { appendFileSync, closeSync, existsSync, openSync, readFileSync, truncateSync } from 'node:fs';
import type { SlackMessage } from './workspace.ts';

export type JournalEntry =
  | { readonly kind: 'put'; readonly message: SlackMessage }
  | { readonly kind: 'remove'; readonly channel: string; readonly ts: string };

/** Messages on disk, one JSON line a change, so that kill −9 loses nothing that Slack has answered for. */
export interface Journal {
  readonly entries: readonly JournalEntry[];
  append(entry: JournalEntry): void;
  close(): void;
}

/** Reads what is there; a last line cut short by a crash was never answered for, and is cut off. */
export function openJournal(file: string): Journal {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const complete = text.slice(0, text.lastIndexOf('\n') + 1);
  if (complete.length < text.length) truncateSync(file, Buffer.byteLength(complete));
  const entries = complete
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as JournalEntry);
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
