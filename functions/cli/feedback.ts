import type { Feedback } from '../../shared/domain/remedy/audit.ts';
import { iso, minute } from './audit.ts';
import { type CliIo, EXIT } from './io.ts';
import type { RecordsOptions, RemedyRecordsWorld } from './remedy-records.ts';
import { plain } from './text-layout.ts';

const MAX_ENTRIES = 10_000;

/** `pullmedic feedback`: diagnoses that somebody called wrong in Slack, newest first. */
export async function feedback(
  options: RecordsOptions,
  now: number,
  world: RemedyRecordsWorld,
  io: CliIo,
): Promise<number> {
  const range = { from: options.since, until: now };
  const entries = await world.open(options, (records) => records.feedback(range, MAX_ENTRIES));
  if (options.json === true) {
    for (const entry of entries) io.stdout(`${JSON.stringify({ ...entry, at: iso(entry.at) })}\n`);
    return EXIT.done;
  }
  if (entries.length === 0) io.stdout(`Nobody called a diagnosis wrong since ${minute(options.since)}.\n`);
  for (const entry of entries) io.stdout(describe(entry));
  return EXIT.done;
}

function describe({ at, by, cluster, causeId, detail, confidence, about, words }: Feedback): string {
  const cause = detail === undefined ? causeId : `${causeId} (${detail})`;
  const lines = [
    [minute(at), cluster, cause, confidence, `by ${by.name} (${by.userId})`].map(plain).join('  '),
    `  ${plain(about)}`,
    ...(words === undefined ? [] : [`  "${plain(words)}"`]),
  ];
  return lines.map((line) => `${line}\n`).join('');
}
