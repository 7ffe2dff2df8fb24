/**
 * `npm run accuracy [-- [--json] PATH]`: measures the diagnosis against labelled messages. PATH is a folder that holds
 * `corpus.jsonl`, or such a file; by default `../shared/corpus` beside the checkout. Exit status 1 where a wrong answer
 * was called certain or fewer than 85 % are accepted, 2 where the file cannot be read.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type EventListing, judgeListing, type ListingVerdict } from './events.ts';
import { judgeMessage, type LabelledMessage, type Score, type Share, score } from './score.ts';

const ACCEPTED_FLOOR = 0.85;
const DEFAULT_CORPUS = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', 'shared', 'corpus');

async function main(args: readonly string[]): Promise<number> {
  const given = args.find((argument) => !argument.startsWith('--'));
  const path = resolve(given ?? DEFAULT_CORPUS);
  const file = existsSync(path) && statSync(path).isDirectory() ? join(path, 'corpus.jsonl') : path;
  if (!existsSync(file)) {
    process.stderr.write(`accuracy: ${given ?? 'the default corpus'} was not found: name a folder with corpus.jsonl\n`);
    return 2;
  }
  const result = score(readLines<LabelledMessage>(file).map(judgeMessage));
  const eventFile = join(dirname(file), 'events.jsonl');
  const listings: ListingVerdict[] = [];
  for (const listing of existsSync(eventFile) ? readLines<EventListing>(eventFile) : []) {
    listings.push(await judgeListing(listing));
  }
  process.stdout.write(
    args.includes('--json')
      ? `${JSON.stringify({ ...result, listings })}\n`
      : `${report(result)}${reportListings(listings)}`,
  );
  const isGood = result.wrongAndCertain.length === 0 && ratio(result.accepted) >= ACCEPTED_FLOOR;
  return isGood ? 0 : 1;
}

function readLines<T>(file: string): readonly T[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line): T => JSON.parse(line));
}

/** Listings have no label: what is said of each stands there to be read. */
function reportListings(listings: readonly ListingVerdict[]): string {
  if (listings.length === 0) return '';
  const told = listings.filter(({ asText }) => asText !== 'unknown' && asText !== 'none');
  const asEvents = listings.filter((listing) => listing.asEvents !== undefined);
  const same = asEvents.filter((listing) => listing.asEvents === listing.asText);
  const lines = [
    '',
    `event listings     ${format({ right: told.length, of: listings.length })}  with a cause, none failed`,
    `  as events alone  ${format({ right: same.length, of: asEvents.length })}  the same, where the status says nothing`,
    ...listings.map(({ id, asText, asEvents: events }) =>
      events === undefined || events === asText ? `${id}  ${asText}` : `${id}  ${asText}, as events ${events}`,
    ),
  ];
  return `${lines.join('\n')}\n`;
}

function report(result: Score): string {
  const lines = [
    `accepted           ${format(result.accepted)}`,
    `strict             ${format(result.strict)}`,
    `  unambiguous only ${format(result.strictUnambiguous)}`,
    `wrong and certain  ${result.wrongAndCertain.length}`,
    '',
    'cause                                accepted          strict',
    ...result.perCause.map(
      ({ cause, accepted, strict }) => `${cause.padEnd(34)} ${format(accepted)}  ${format(strict)}`,
    ),
    '',
    'confidence        accepted',
    ...result.reliability.map(({ confidence, accepted }) => `${confidence.padEnd(16)}  ${format(accepted)}`),
    ...(result.missed.length === 0 ? [] : ['', 'not accepted']),
    ...result.missed.map(({ id, expected, got, confidence }) => `${id}  ${expected} ─▶ ${got} (${confidence})`),
  ];
  return `${lines.join('\n')}\n`;
}

function format({ right, of }: Share): string {
  const percent = of === 0 ? '' : `${((right / of) * 100).toFixed(1)} %`;
  return `${`${right}/${of}`.padStart(7)} ${percent.padStart(8)}`;
}

function ratio({ right, of }: Share): number {
  return of === 0 ? 0 : right / of;
}

process.exitCode = await main(process.argv.slice(2));
