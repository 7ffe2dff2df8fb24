import { StringDecoder } from 'node:string_decoder';
import { diagnose } from '../../shared/diagnosis/diagnose.ts';
import { failureFromText } from '../../shared/diagnosis/explain-text.ts';
import type { Finding } from '../../shared/domain/finding.ts';
import type { Instant } from '../../shared/domain/instant.ts';
import { isRecord } from '../../shared/domain/is-record.ts';
import { MAX_TEXT } from '../../shared/domain/pull-error/parse.ts';
import { type About, buildBugReport } from './bug-report.ts';
import { toCauseJson } from './cause-json.ts';
import { findError } from './find-error.ts';
import { type CliIo, EXIT, UsageError } from './io.ts';
import { createLayout, type LayoutStyle } from './layout.ts';

export interface ExplainOptions {
  /** The error text; standard input where it is not given. */
  readonly text?: string | undefined;
  /** One JSON object a line in, one a line out. */
  readonly jsonl: boolean;
  readonly json: boolean;
  /** A report for the makers of pullmedic instead, with names and credentials replaced. */
  readonly report: boolean;
}

/** When the text is judged: evidence of a bare text holds no time, so that it makes no difference. */
const NOW: Instant = 0;
/** A text is diagnosed by its first 16 KiB; whoever pipes in much more has piped in something else. */
const MOST_BYTES = 16 * 1024 * 1024;
const USAGE =
  'explain: give the error text as an argument or on standard input, such as: pullmedic explain \'Failed to pull image "nginx:9.99": …\'';

/**
 * `pullmedic explain [TEXT]`: says what an image-pull error text means.
 *
 * @returns the exit status: 0 whatever was found
 * @throws {UsageError} where there is nothing to read, or what is read is no text
 */
export async function explain(options: ExplainOptions, io: CliIo, about: About): Promise<number> {
  if (options.report && options.jsonl) throw new UsageError('explain: --report is about one text; leave out --jsonl');
  if (options.text === undefined && io.stdin.isTTY === true) throw new UsageError(USAGE);
  if (options.jsonl) return explainLines(options, io);
  const text = options.text ?? (await readAll(io.stdin));
  if (text.trim() === '') throw new UsageError(USAGE);
  if (isBinary(text)) throw new UsageError('explain: the input is binary; give the text of an error');
  const error = findError(text);
  if (error.length > MAX_TEXT) {
    io.stderr(`pullmedic: only the first 16 KiB of ${Math.ceil(error.length / 1024)} KiB are looked at\n`);
  }
  const findings = diagnose(failureFromText({ text: error }, NOW));
  io.stdout(options.report ? printReport(error, findings, options, about) : printFindings(findings, options, io));
  return EXIT.done;
}

function printFindings(findings: readonly Finding[], { json }: ExplainOptions, style: LayoutStyle): string {
  return json ? `${JSON.stringify({ causes: findings.map(toCauseJson) })}\n` : formatFindings(findings, style);
}

function printReport(text: string, findings: readonly Finding[], { json }: ExplainOptions, about: About): string {
  const { causes, ...report } = buildBugReport(text, findings, about);
  return json ? `${JSON.stringify({ causes, report })}\n` : report.markdown;
}

/** Real texts hold no NUL, and no more than a stray byte that is not UTF-8. */
function isBinary(text: string): boolean {
  return text.includes('\0') || (text.match(/\uFFFD/g)?.length ?? 0) > Math.max(8, text.length / 20);
}

async function explainLines(options: ExplainOptions, io: CliIo): Promise<number> {
  const lines = options.text === undefined ? linesOf(io.stdin) : options.text.replace(/\n$/, '').split('\n');
  for await (const line of lines) {
    io.stdout(`${JSON.stringify(explainLine(line))}\n`);
  }
  return EXIT.done;
}

/** One line of `--jsonl`: what cannot be read becomes an answer too, and the rest goes on. */
function explainLine(line: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { id: null, error: 'not JSON' };
  }
  if (!isRecord(value)) return { id: null, error: 'not a JSON object' };
  const { id, message, reason, image } = value;
  const answerId = typeof id === 'string' || typeof id === 'number' ? id : null;
  if (typeof message !== 'string') return { id: answerId, error: '"message" must be a string' };
  const findings = diagnose(failureFromText({ text: message, reason: textOf(reason), image: textOf(image) }, NOW));
  return { id: answerId, causes: findings.map(toCauseJson) };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** For people: what is wrong, what to do, then why; the other causes in a line each. */
function formatFindings(findings: readonly Finding[], style: LayoutStyle): string {
  const [best, ...others] = findings;
  if (best === undefined) return '';
  const { headline, action, field, section, steps } = createLayout(style);
  const now = best.fixes.filter(({ kind }) => kind === 'now');
  const lasting = best.fixes.filter(({ kind }) => kind === 'lasting');
  return [
    ...headline(best.phrase.replace(/^\p{Ll}/u, (letter) => letter.toUpperCase())),
    ...(now[0] === undefined ? [] : action(now[0].title)),
    ...field(
      'cause',
      `${best.title} (${best.causeId}${best.detail === undefined ? '' : `, ${best.detail}`}), ${best.confidence}`,
    ),
    ...section(
      'Why',
      best.evidence.map(({ text, source }) => `${text} (${source})`),
    ),
    ...section(
      'Also possible',
      others.map(({ causeId, confidence, title }) => `${title} (${causeId}, ${confidence})`),
    ),
    ...steps('Fix', now),
    ...steps('So that it does not come back', lasting),
    ...field('more', best.docs),
    '',
  ].join('\n');
}

async function readAll(stdin: CliIo['stdin']): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of stdin) {
    const buffer = Buffer.from(piece);
    bytes += buffer.length;
    if (bytes > MOST_BYTES)
      throw new UsageError('explain: the input is larger than 16 MiB; give the text of one error');
    pieces.push(buffer);
  }
  return Buffer.concat(pieces).toString('utf8');
}

async function* linesOf(stdin: CliIo['stdin']): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of stdin) {
    rest += typeof chunk === 'string' ? chunk : decoder.write(chunk);
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  rest += decoder.end();
  if (rest !== '') yield rest;
}
