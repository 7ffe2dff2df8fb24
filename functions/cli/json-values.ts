/** One JSON value of a stream and the line that it starts on. */
export interface JsonValue {
  readonly value: unknown;
  readonly line: number;
}

/** A stream of JSON or YAML that cannot be read; the message says where and why, without the text itself. */
export class JsonStreamError extends Error {
  override readonly name = 'JsonStreamError';
}

/**
 * Reads concatenated JSON values, with any white space or none between them: what `jq`, `kubectl` called several times,
 * or JSON lines give.
 *
 * @throws {JsonStreamError} at the first thing that is not JSON
 */
export function parseJsonValues(text: string): readonly JsonValue[] {
  const values: JsonValue[] = [];
  let at = skipSpace(text, text.startsWith('\uFEFF') ? 1 : 0);
  let line = 1 + countLines(text, 0, at);
  while (at < text.length) {
    const end = endOfValue(text, at);
    const piece = text.slice(at, end);
    try {
      values.push({ value: JSON.parse(piece), line });
    } catch {
      throw new JsonStreamError(explain(piece, line, end >= text.length));
    }
    const next = skipSpace(text, end);
    line += countLines(text, at, next);
    at = next;
  }
  return values;
}

function explain(piece: string, line: number, isLast: boolean): string {
  if (/^---/.test(piece)) return 'is JSON at first and YAML then; give one of them';
  if (isLast && /^[[{]/.test(piece))
    return `is not JSON: the value that starts on line ${line} does not end or is broken`;
  return `is not JSON at line ${line}`;
}

/** End of the value that starts at `start`: where its brackets close, else where the word ends. */
function endOfValue(text: string, start: number): number {
  const first = text[start];
  if (first === '"') return endOfString(text, start);
  if (first !== '{' && first !== '[') {
    const rest = /[\s{}[\]",]/g;
    rest.lastIndex = start + 1;
    const match = rest.exec(text);
    // A word that runs into a bracket is no JSON; take the line, so that the error can look at it.
    return match === null ? text.length : /\s/.test(match[0]) ? match.index : endOfLine(text, start);
  }
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const char = text[at];
    if (char === '"') at = endOfString(text, at) - 1;
    else if (char === '{' || char === '[') depth++;
    else if ((char === '}' || char === ']') && --depth === 0) return at + 1;
  }
  return text.length;
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const char = text[at];
    if (char === '\\') at++;
    else if (char === '"') return at + 1;
  }
  return text.length;
}

function endOfLine(text: string, start: number): number {
  const end = text.indexOf('\n', start);
  return end === -1 ? text.length : end;
}

function skipSpace(text: string, start: number): number {
  let at = start;
  while (at < text.length && /\s/.test(text[at] ?? '')) at++;
  return at;
}

function countLines(text: string, from: number, to: number): number {
  let lines = 0;
  for (let at = text.indexOf('\n', from); at !== -1 && at < to; at = text.indexOf('\n', at + 1)) lines++;
  return lines;
}
