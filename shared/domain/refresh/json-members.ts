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
  let at = from + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

function skipValue(text: string, from: number): number {
  if (text[from] === '"') return skipString(text, from);
  let depth = 0;
  let at = from;
  while (at < text.length) {
    const char = text[at];
    if (char === '"') {
      at = skipString(text, at);
      continue;
    }
    if (char === '{' || char === '[') depth++;
    else if (char === '}' || char === ']') {
      // The closing bracket of whatever a bare number or literal stands in.
      if (depth === 0) return at;
      depth--;
      if (depth === 0) return at + 1;
    } else if (depth === 0 && (char === ',' || char === ' ' || char === '\n' || char === '\r' || char === '\t')) {
      return at;
    }
    at++;
  }
  return at;
}
