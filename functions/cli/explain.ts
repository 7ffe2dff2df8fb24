import { StringDecoder } from 'node:string_decoder';
import { diagnose } from '../../shared/diagnosis/diagnose.ts';
import { failureFromText } from '../../shared/diagnosis/explain-text.ts';
import type { Finding } from '../../shared/domain/finding.ts';
import type { Instant } from '../../shared/domain/instant.ts';

export interface ExplainOptions {
  /** The error text; standard input where it is not given. */
  readonly text?: string | undefined;
  /** One JSON object a line in, one a line out. */
  readonly jsonl: boolean;
  readonly json: boolean;
}

export interface ExplainIo {
  readonly stdin: AsyncIterable<string | Buffer> & { readonly isTTY?: boolean | undefined };
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** When the text is judged; evidence of a bare text holds no time, so that the default makes no difference. */
  readonly now?: Instant | undefined;
}

const DONE = 0;
const WRONG_USAGE = 2;
const USAGE =
  'pullmedic explain: give the error text as an argument or on standard input, such as: pullmedic explain \'Failed to pull image "nginx:9.99": …\'\n';

/**
 * `pullmedic explain [TEXT]`: says what an image-pull error text means.
 *
 * @returns the exit status: 0 whatever was found, 2 where there is nothing to read
 */
export async function explain(options: ExplainOptions, io: ExplainIo): Promise<number> {
  if (options.jsonl) return explainLines(options, io);
  if (options.text === undefined && io.stdin.isTTY === true) {
    io.stderr(USAGE);
    return WRONG_USAGE;
  }
  const text = options.text ?? (await readAll(io.stdin));
  if (text.trim() === '') {
    io.stderr(USAGE);
    return WRONG_USAGE;
  }
  const findings = diagnose(failureFromText({ text }, io.now ?? 0));
  io.stdout(options.json ? `${JSON.stringify({ causes: findings.map(toJson) })}\n` : formatFindings(findings));
  return DONE;
}

async function explainLines(options: ExplainOptions, io: ExplainIo): Promise<number> {
  if (options.text === undefined && io.stdin.isTTY === true) {
    io.stderr(USAGE);
    return WRONG_USAGE;
  }
  const lines = options.text === undefined ? linesOf(io.stdin) : options.text.replace(/\n$/, '').split('\n');
  for await (const line of lines) {
    io.stdout(`${JSON.stringify(explainLine(line, io.now ?? 0))}\n`);
  }
  return DONE;
}

/** One line of `--jsonl`: what cannot be read becomes an answer too, and the rest goes on. */
function explainLine(line: string, now: Instant): unknown {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { id: null, error: 'not JSON' };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { id: null, error: 'not a JSON object' };
  }
  const { id, message, reason, image } = value as Readonly<Record<string, unknown>>;
  const answerId = typeof id === 'string' || typeof id === 'number' ? id : null;
  if (typeof message !== 'string') return { id: answerId, error: '"message" must be a string' };
  const findings = diagnose(failureFromText({ text: message, reason: textOf(reason), image: textOf(image) }, now));
  return { id: answerId, causes: findings.map(toJson) };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A finding as scripts read it: `{id, detail?, confidence, evidence}`. */
export function toJson({ causeId, detail, confidence, evidence }: Finding): {
  readonly id: string;
  readonly detail?: string;
  readonly confidence: string;
  readonly evidence: readonly string[];
} {
  return {
    id: causeId,
    ...(detail === undefined ? {} : { detail }),
    confidence,
    evidence: evidence.map(({ text, source }) => `${text} (${source})`),
  };
}

/** A report for a terminal: the best cause in full, the others in a line each. */
export function formatFindings(findings: readonly Finding[]): string {
  const [best, ...others] = findings;
  if (best === undefined) return '';
  const fixes = best.fixes.map(({ kind, title, commands }) =>
    [
      `  ${kind === 'now' ? 'now    ' : 'lasting'}  ${title}`,
      ...commands.map((command) => `           $ ${command}`),
    ].join('\n'),
  );
  const also = others.map(({ causeId, confidence, title }) => `  ${confidence.padEnd(8)}  ${title} (${causeId})`);
  return [
    `${best.title} (${best.causeId}${best.detail === undefined ? '' : `, ${best.detail}`}), ${best.confidence}`,
    `  ${best.phrase}`,
    '',
    'Why',
    ...best.evidence.map(({ text, source }) => `  ${text} (${source})`),
    '',
    'What to do',
    ...fixes,
    ...(also.length === 0 ? [] : ['', 'Also possible', ...also]),
    '',
    `More: ${best.docs}`,
    '',
  ].join('\n');
}

async function readAll(stdin: AsyncIterable<string | Buffer>): Promise<string> {
  const decoder = new StringDecoder('utf8');
  let text = '';
  for await (const chunk of stdin) text += typeof chunk === 'string' ? chunk : decoder.write(chunk);
  return text + decoder.end();
}

async function* linesOf(stdin: AsyncIterable<string | Buffer>): AsyncGenerator<string> {
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
