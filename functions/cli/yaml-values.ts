import { parseAllDocuments } from 'yaml';
import { JsonStreamError, type JsonValue } from './json-values.ts';

/** kubectl writes no alias at all; a person's file has a few; a hundred copies of copies fill the memory. */
const MOST_ALIASES = 100;

/** Whether a text is YAML that is not JSON: it begins with a comment, a directive, `---`, a list item or a key. */
export function isYaml(text: string): boolean {
  return /^\uFEFF?\s*(?:#|%YAML|---|- |(?:[\w./-]+|"[^"\n]*")\s*:(?:\s|$))/.test(text);
}

/**
 * Reads the documents of a YAML stream, as `kubectl get -o yaml` gives them. Only YAML's own types: no tags that make
 * objects, and times stay text.
 *
 * @throws {JsonStreamError} for what is not YAML, or grows by its aliases; the message never quotes the text
 */
export function parseYamlValues(text: string): readonly JsonValue[] {
  const values: JsonValue[] = [];
  try {
    for (const document of parseAllDocuments(text, {
      // Looking for a key given twice takes quadratic time; JSON takes the last one too.
      uniqueKeys: false,
      logLevel: 'silent',
      strict: true,
      version: '1.2',
    })) {
      const [error] = document.errors;
      if (error !== undefined) throw new JsonStreamError(`is not YAML${at(error.linePos?.[0].line)}`);
      const line = lineOf(text, document.range?.[0] ?? 0);
      const value: unknown = document.toJS({ maxAliasCount: MOST_ALIASES });
      if (value !== null) values.push({ value, line });
    }
  } catch (error) {
    if (error instanceof JsonStreamError) throw error;
    if (error instanceof ReferenceError)
      throw new JsonStreamError('is YAML with an alias that leads nowhere, or with aliases that grow without bound');
    // Thousands of brackets in each other.
    if (error instanceof RangeError) throw new JsonStreamError('is YAML that nests too deeply');
    throw error;
  }
  return values;
}

function at(line: number | undefined): string {
  return line === undefined ? '' : ` at line ${line}`;
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}
