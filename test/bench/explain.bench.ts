import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { diagnose } from '../../shared/diagnosis/diagnose.ts';
import { failureFromText } from '../../shared/diagnosis/explain-text.ts';
import { bestTime, type Ratio, warmUp } from './ratio.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const KIB = 1024;

/** Texts that a pattern which looks twice at every letter would take long for. */
const UNITS: readonly string[] = [
  'manifest for ',
  'repository x not found ',
  'https://r.example.com/v2/ ',
  '[rpc error: code = Unknown desc = ',
  'username password ',
  'lookup a:',
  'Warning  Failed  3s  kubelet  Failed to pull image "a": ',
  '\\"',
  'a.b-',
  ' ',
];

/** Real lines against reading and writing them as JSON, and 16 KiB of text against 1 KiB. */
export function measure(): readonly Ratio[] {
  const lines = messageLines();
  const messages = lines.map((line): { message: string; reason?: string | null } => JSON.parse(line));
  warmUp(() => {
    for (const { message, reason } of messages) explain(message, reason ?? undefined);
  });
  warmUp(() => {
    for (const line of lines) copy(line);
  });
  const explained = sum(messages.map(({ message, reason }) => bestTime(() => explain(message, reason ?? undefined))));
  const copied = sum(lines.map((line) => bestTime(() => copy(line))));
  return [
    { name: `explain ${lines.length} messages / copy them as JSON`, value: explained / copied, limit: 40 },
    // 16 is linear; what is found in the longer text, and where, makes a difference beside it.
    ...UNITS.map((unit) => ({
      name: `explain 16 KiB / 1 KiB of ${JSON.stringify(unit)}`,
      value: growth(unit),
      limit: 40,
    })),
  ];
}

function copy(line: string): void {
  JSON.stringify(JSON.parse(line));
}

function sum(times: readonly number[]): number {
  return times.reduce((total, time) => total + time, 0);
}

function growth(unit: string): number {
  const short = unit.repeat(KIB).slice(0, KIB);
  const long = unit.repeat(16 * KIB).slice(0, 16 * KIB);
  return bestTime(() => explain(long)) / bestTime(() => explain(short));
}

function explain(text: string, reason?: string): void {
  diagnose(failureFromText({ text, reason }, 0));
}

/** The labelled messages where they lie beside the checkout, else the causes' fixtures. */
function messageLines(): readonly string[] {
  const corpus = join(root, '..', 'shared', 'corpus', 'corpus.jsonl');
  if (existsSync(corpus)) return readFileSync(corpus, 'utf8').split('\n').filter(Boolean);
  const fixtures = join(root, 'test', 'fixtures', 'causes');
  return readdirSync(fixtures).map((file) => JSON.stringify(JSON.parse(readFileSync(join(fixtures, file), 'utf8'))));
}
