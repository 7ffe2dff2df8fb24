import { compact } from '../../domain/compact.ts';
import type { PullError } from '../../domain/pull-error.ts';

const compacted = new WeakMap<PullError, string>();

/** The error's text without white space, quotes and case: what phrases are looked for in. */
export function wordsOf(error: PullError): string {
  const known = compacted.get(error);
  if (known !== undefined) return known;
  const words = compact(error.text);
  compacted.set(error, words);
  return words;
}

/** Whether the error says one of these, however it was quoted, escaped or broken into lines. */
export function says(error: PullError, ...phrases: readonly string[]): boolean {
  const words = wordsOf(error);
  return phrases.some((phrase) => words.includes(compact(phrase)));
}

/** Whether the error says all of these. */
export function saysAll(error: PullError, ...phrases: readonly string[]): boolean {
  return phrases.every((phrase) => says(error, phrase));
}
