import { isVocabulary } from './vocabulary.ts';

export type PlaceholderKind =
  | 'account'
  | 'address'
  | 'digest'
  | 'email'
  | 'empty-digest'
  | 'file'
  | 'host'
  | 'id'
  | 'name'
  | 'path'
  | 'redacted'
  | 'repo'
  | 'resource'
  | 'tag';

export interface Placeholder {
  readonly kind: PlaceholderKind;
  /** As people read it: `<host-1>`. */
  readonly name: string;
  readonly original: string;
}

export interface Placeholders {
  /** @returns the mark of this value, the same one each time */
  of(kind: PlaceholderKind, original: string): string;
  /** @returns the mark of a value, or of a name that it is a part of, that was met before */
  known(text: string): string | undefined;
  /** Takes away whatever looks like a mark. */
  clean(text: string): string;
  /** Marks ─▶ `<host-1>`. */
  spell(text: string): string;
  all(): readonly Placeholder[];
}

/**
 * Private-use characters stand for names while a text is worked on: no pattern takes them for a part of a name. There are
 * 6,400, more than names in the 16 KiB that are read of a text; whatever comes after shares the last one.
 */
const FIRST_MARK = 0xe000;
const LAST_MARK = 0xf8ff;
const MARK = /[\uE000-\uF8FF]/g;
/** Shorter parts of a name are as likely to be words of the text. */
const SHORTEST_PART = 3;
/** Their parts are names too: `acme` of `registry.acme.example`, `shop` of `acme/shop`. */
const COMPOUND: ReadonlySet<PlaceholderKind> = new Set([
  'email',
  'file',
  'host',
  'name',
  'path',
  'repo',
  'resource',
  'tag',
]);
const NUMBERLESS: ReadonlySet<PlaceholderKind> = new Set(['empty-digest', 'redacted']);

export function createPlaceholders(): Placeholders {
  const list: Placeholder[] = [];
  const marks = new Map<string, string>();
  const parts = new Map<string, string>();
  const counts = new Map<PlaceholderKind, number>();

  function of(kind: PlaceholderKind, original: string): string {
    const isNumbered = !NUMBERLESS.has(kind);
    const key = `${kind} ${isNumbered ? original.toLowerCase() : ''}`;
    const known = marks.get(key);
    if (known !== undefined) return known;
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    const mark = String.fromCharCode(Math.min(FIRST_MARK + list.length, LAST_MARK));
    list.push({ kind, name: isNumbered ? `<${kind}-${count}>` : `<${kind}>`, original });
    marks.set(key, mark);
    if (COMPOUND.has(kind)) learn(original, mark);
    return mark;
  }

  function learn(original: string, mark: string): void {
    const whole = original.toLowerCase();
    if (!parts.has(whole)) parts.set(whole, mark);
    for (const part of [...whole.split('/'), ...whole.split(/[^\p{L}\p{N}]+/u)]) {
      if (part.length < SHORTEST_PART || /^\d+$/.test(part) || isVocabulary(part) || parts.has(part)) continue;
      parts.set(part, of('name', part));
    }
  }

  return {
    of,
    known: (text) => parts.get(text.toLowerCase()),
    clean: (text) => text.replace(MARK, ''),
    spell: (text) => text.replace(MARK, (mark) => list[mark.charCodeAt(0) - FIRST_MARK]?.name ?? '<name>'),
    all: () => list,
  };
}
