import { closest } from 'fastest-levenshtein';
import type * as z from 'zod/mini';
import { keyTexts } from './schema/key-texts.ts';

/** One thing that is wrong: where, and what it must be. Never what stands there, which may be a credential. */
export interface ConfigIssue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** A zod issue in words that a person can act on. An unknown key becomes an issue of its own, at that key. */
export function describeIssue(issue: z.core.$ZodIssue, root: z.core.$ZodType, input: unknown): readonly ConfigIssue[] {
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(schemaAt(root, issue.path, input));
    return issue.keys.map((key) => ({ path: [...issue.path, key], message: unknownKey(key, known) }));
  }
  return [{ path: issue.path, message: describe(issue, root, input) }];
}

/** `clusters[0].access.region`; the empty path is the file itself. */
export function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '');
}

function describe(issue: z.core.$ZodIssue, root: z.core.$ZodType, input: unknown): string {
  switch (issue.code) {
    case 'invalid_type': {
      const found = valueAt(input, issue.path);
      if (found !== undefined)
        return `expected ${typeWords(issue.expected)}, found ${foundWords(found, issue.expected)}`;
      const text = keyTexts.get(schemaAt(root, issue.path, input) as z.core.$ZodType)?.description;
      return `is required: ${typeWords(issue.expected)}${text === undefined ? '' : ` (${text.replace(/\.$/, '')})`}`;
    }
    case 'invalid_value':
      return `expected ${orList(issue.values.map((value) => `\`${String(value)}\``))}`;
    case 'invalid_union':
      if (unionOptions(issue).length === 0) return issue.message;
      return `expected ${orList(unionOptions(issue).map((value) => `\`${value}\``))}`;
    case 'too_small':
      if (issue.origin === 'array') return 'expected at least one entry';
      return `expected a number ${issue.inclusive === false ? 'above' : 'of at least'} ${issue.minimum}`;
    case 'too_big':
      return `expected a number of at most ${issue.maximum}`;
    case 'not_multiple_of':
      return 'expected a whole number';
    default:
      return issue.message;
  }
}

function unionOptions(issue: z.core.$ZodIssue): readonly string[] {
  return 'options' in issue && Array.isArray(issue.options) ? issue.options.map(String) : [];
}

function unknownKey(key: string, known: readonly string[]): string {
  if (known.length === 0) return 'unknown key';
  return `unknown key; the nearest known one is \`${closest(key, known)}\` (known here: ${known.join(', ')})`;
}

function orList(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

function typeWords(expected: string): string {
  const words: Readonly<Record<string, string>> = {
    string: 'text',
    object: 'keys and values',
    array: 'a list',
    boolean: '`true` or `false`',
    number: 'a number',
    int: 'a whole number',
  };
  return words[expected] ?? expected;
}

function foundWords(value: unknown, expected: string): string {
  // YAML reads `channel: #pulls` as a key without a value and a comment.
  if (value === null) return expected === 'string' ? 'nothing (text that begins with `#` must be quoted)' : 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'keys and values';
  // YAML reads digits as a number, and loses the zeros before them.
  if (typeof value === 'number' && expected === 'string') return 'a number (put it in quotes)';
  return typeof value === 'string' ? 'text' : `a ${typeof value}`;
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

/** The schema that judges `path`; a union is entered by the input's own discriminator. */
function schemaAt(root: z.core.$ZodType, path: readonly PropertyKey[], input: unknown): z.core.$ZodType | undefined {
  let schema: z.core.$ZodType | undefined = root;
  let value = input;
  for (const key of path) {
    const def: z.core.$ZodTypes['_zod']['def'] | undefined = definition(schema, value);
    if (def?.type === 'object') schema = def.shape[String(key)];
    else if (def?.type === 'array') schema = def.element;
    else return undefined;
    value = valueAt(value, [key]);
  }
  return definition(schema, value)?.type === 'object' ? unwrap(schema, value) : schema;
}

function knownKeys(schema: z.core.$ZodType | undefined): readonly string[] {
  const def = definition(schema, undefined);
  return def?.type === 'object' ? Object.keys(def.shape) : [];
}

function definition(schema: z.core.$ZodType | undefined, value: unknown): z.core.$ZodTypes['_zod']['def'] | undefined {
  return (unwrap(schema, value) as z.core.$ZodTypes | undefined)?._zod.def;
}

function unwrap(schema: z.core.$ZodType | undefined, value: unknown): z.core.$ZodType | undefined {
  const def = (schema as z.core.$ZodTypes | undefined)?._zod.def;
  if (def === undefined) return undefined;
  if (def.type === 'optional' || def.type === 'default' || def.type === 'prefault') return unwrap(def.innerType, value);
  if (def.type === 'union') {
    const kind = valueAt(value, ['kind']);
    return def.options.find((option) => option._zod.propValues?.['kind']?.has(kind as string));
  }
  return schema;
}
