/** A member of a JSON object, by position in the text: so that it can be replaced and all else stay as it was written. */
export interface JsonMember {
  readonly key: string;
  /** Of the value, `end` exclusive. */
  readonly start: number;
  readonly end: number;
}

export interface JsonObjectSpan {
  readonly members: readonly JsonMember[];
  /** Where a first member could be put: behind the `{`. */
  readonly inside: number;
  /** Where the last member's value ends, or `inside`. */
  readonly lastEnd: number;
}

/**
 * The members of the object whose `{` stands at `open`, duplicates included, in their order.
 * @param text valid JSON, one character a byte (latin1): positions are those of the file
 */
export function readMembers(text: string, open: number): JsonObjectSpan {
  const members: JsonMember[] = [];
  let at = skipSpace(text, open + 1);
  while (text[at] === '"') {
    const keyEnd = skipString(text, at);
    const key = decodeKey(text.slice(at, keyEnd));
    const start = skipSpace(text, skipSpace(text, keyEnd) + 1);
    const end = skipValue(text, start);
    members.push({ key, start, end });
    const next = skipSpace(text, end);
    at = text[next] === ',' ? skipSpace(text, next + 1) : next;
  }
  return { members, inside: open + 1, lastEnd: members.at(-1)?.end ?? open + 1 };
}

/** Where the document's own value begins. */
export function startOfValue(text: string): number {
  return skipSpace(text, 0);
}

function decodeKey(quoted: string): string {
  return JSON.parse(Buffer.from(quoted, 'latin1').toString('utf8')) as string;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (text[at] === ' ' || text[at] === '\n' || text[at] === '\r' || text[at] === '\t') at++;
  return at;
}

/** @param from at the opening quote @returns behind the closing one */
function skipString(text: string, from: number): number {
  let end = text.indexOf('"', from + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end + 1;
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text[at - 1 - backslashes] === '\\') backslashes++;
  return backslashes % 2 === 1;
}

function skipValue(text: string, from: number): number {
  if (text[from] === '"') return skipString(text, from);
  if (text[from] !== '{' && text[from] !== '[') return endOfLiteral(text, from);
  let depth = 0;
  let at = from;
  do {
    STRUCTURE.lastIndex = at;
    const found = STRUCTURE.exec(text);
    if (found === null) return text.length;
    at = found[0] === '"' ? skipString(text, found.index) : found.index + 1;
    if (found[0] === '{' || found[0] === '[') depth++;
    else if (found[0] !== '"') depth--;
  } while (depth > 0);
  return at;
}

/** What tells the nesting; strings are skipped as a whole, for a bracket in one tells nothing. */
const STRUCTURE = /["{}[\]]/g;
const LITERAL_END = /[\s,}\]]|$/g;

/** Of a number, `true`, `false` or `null`. */
function endOfLiteral(text: string, from: number): number {
  LITERAL_END.lastIndex = from;
  return LITERAL_END.exec(text)?.index ?? text.length;
}
