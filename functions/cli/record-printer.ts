import type { Instant } from '../../shared/domain/instant.ts';
import { type CliIo, EXIT } from './io.ts';
import type { RecordsOptions, RemedyRecords, RemedyRecordsWorld } from './remedy-records.ts';

/** More than anybody reads; a script narrows the time. */
const MAX_ENTRIES = 10_000;

/** One kind of record: where it is read, and how it is shown. */
interface RecordKind<Entry> {
  readonly read: (records: RemedyRecords, ...range: Parameters<RemedyRecords['audit']>) => Promise<readonly Entry[]>;
  /** What is said where there is none: `… since 2026-11-22 09:16.` follows. */
  readonly none: string;
  readonly describe: (entry: Entry) => string;
  readonly toJson: (entry: Entry) => unknown;
}

type PrintRecords = (options: RecordsOptions, now: Instant, world: RemedyRecordsWorld, io: CliIo) => Promise<number>;

/** A command that prints what was kept since then, newest first: for people, or one JSON object a line. */
export function recordPrinter<Entry>({ read, none, describe, toJson }: RecordKind<Entry>): PrintRecords {
  return async (options, now, world, io) => {
    const range = { from: options.since, until: now };
    const entries = await world.open(options, (records) => read(records, range, MAX_ENTRIES));
    if (options.json === true) {
      for (const entry of entries) io.stdout(`${JSON.stringify(toJson(entry))}\n`);
      return EXIT.done;
    }
    if (entries.length === 0) io.stdout(`${none} since ${minute(options.since)}.\n`);
    for (const entry of entries) io.stdout(describe(entry));
    return EXIT.done;
  };
}

export function iso(at: Instant | undefined): string | undefined {
  return at === undefined ? undefined : new Date(at).toISOString();
}

/** `2026-11-22 09:16`, in UTC. */
export function minute(at: Instant): string {
  return new Date(at).toISOString().slice(0, 16).replace('T', ' ');
}
