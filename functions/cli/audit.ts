import type { AuditEntry } from '../../shared/domain/remedy/audit.ts';
import { describeApplied, describeChange } from '../../shared/remedies/describe-change.ts';
import { type CliIo, EXIT } from './io.ts';
import type { RecordsOptions, RemedyRecordsWorld } from './remedy-records.ts';
import { plain } from './text-layout.ts';

/** More than anybody reads; a script narrows the time. */
const MAX_ENTRIES = 10_000;

/** `pullmedic audit`: every use of a remedy, newest first: who, when, what, and what came of it. */
export async function audit(
  options: RecordsOptions,
  now: number,
  world: RemedyRecordsWorld,
  io: CliIo,
): Promise<number> {
  const range = { from: options.since, until: now };
  const entries = await world.open(options, (records) => records.audit(range, MAX_ENTRIES));
  if (options.json === true) {
    for (const entry of entries) io.stdout(`${JSON.stringify(toJson(entry))}\n`);
    return EXIT.done;
  }
  if (entries.length === 0) io.stdout(`No remedy was used since ${minute(options.since)}.\n`);
  for (const entry of entries) io.stdout(describe(entry));
  return EXIT.done;
}

/** The head of an entry, then one line for each change. */
function describe({ at, by, cluster, remedyId, outcome, rule, why, changes }: AuditEntry): string {
  const who = by === 'policy' ? 'policy' : `${by.name} (${by.userId})`;
  const head = [minute(at), outcome.padEnd(8), cluster, remedyId, `by ${who}`, `allowed by "${rule}"`];
  const lines = changes.map(({ change, result }) =>
    result === undefined ? `not done: ${describeChange(change)}` : describeApplied(change, result),
  );
  const told = why === undefined || lines.includes(why) ? lines : [...lines, why];
  return [head.map(cell).join('  '), ...told.map((line) => `  ${plain(line)}`)].map((line) => `${line}\n`).join('');
}

function toJson(entry: AuditEntry): unknown {
  return { ...entry, at: iso(entry.at), endedAt: iso(entry.endedAt) };
}

export function iso(at: number | undefined): string | undefined {
  return at === undefined ? undefined : new Date(at).toISOString();
}

/** What a cluster or a person named may not reach the terminal as it is; what pads a column may. */
function cell(text: string): string {
  return plain(text).padEnd(text.length);
}

/** `2026-11-22 09:16`, in UTC. */
export function minute(at: number): string {
  return new Date(at).toISOString().slice(0, 16).replace('T', ' ');
}
