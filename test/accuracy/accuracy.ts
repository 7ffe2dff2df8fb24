/**
 * `npm run accuracy [-- [--json] PATH]`: measures the diagnosis against labelled messages. PATH is a folder that holds
 * `corpus.jsonl`, or such a file; by default `../shared/corpus` beside the checkout. Exit status 1 where a wrong answer
 * was called certain or fewer than 85 % are accepted, 2 where the file cannot be read.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { judgeMessage, type LabelledMessage, type Score, type Share, score } from './score.ts';

const ACCEPTED_FLOOR = 0.85;
const DEFAULT_CORPUS = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', 'shared', 'corpus');

function main(args: readonly string[]): number {
  const given = args.find((argument) => !argument.startsWith('--'));
  const path = resolve(given ?? DEFAULT_CORPUS);
  const file = existsSync(path) && statSync(path).isDirectory() ? join(path, 'corpus.jsonl') : path;
  if (!existsSync(file)) {
    process.stderr.write(`accuracy: ${given ?? 'the default corpus'} was not found: name a folder with corpus.jsonl\n`);
    return 2;
  }
  const messages = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line): LabelledMessage => JSON.parse(line));
  const result = score(messages.map(judgeMessage));
  process.stdout.write(args.includes('--json') ? `${JSON.stringify(result)}\n` : report(result));
  const isGood = result.wrongAndCertain.length === 0 && ratio(result.accepted) >= ACCEPTED_FLOOR;
  return isGood ? 0 : 1;
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

process.exitCode = main(process.argv.slice(2));
