import { compact } from '../../domain/compact.ts';
import type { PullError } from '../../domain/pull-error.ts';

interface Words {
  /** All of the text, compacted. */
  readonly all: string;
  /** Without URLs and image references: an image called `billing` is no billing problem. */
  readonly prose: string;
  /** Whether the text was cut: the API server keeps 1,024 characters of an event, tools cut earlier. */
  readonly isCut: boolean;
}

const cache = new WeakMap<PullError, Words>();
const CUT = /(?:\.{3}|…)$/;
/** Letters that the beginning of a phrase must show at the end of a cut text to count, and two thirds of it. */
const CUT_MIN = 7;

function read(error: PullError): Words {
  const known = cache.get(error);
  if (known !== undefined) return known;
  const isCut = CUT.test(error.text);
  const text = error.text.replace(CUT, '');
  const words = { all: compact(text), prose: compact(proseOf(text, error.image)), isCut };
  cache.set(error, words);
  return words;
}

const REFERENCES: readonly RegExp[] = [
  /https?:\/\/[^\s"']+/gi,
  /docker:\/\/[^\s"']+/gi,
  /(?<=(?:reference|image|tag|name) )"[^"]{1,1024}"/gi,
  /(?<=reading manifest )\S{1,200} in [^\s:]+(?::\d+\/[^\s:]+)?/gi,
  /(?<=\b(?:denied for|manifest for|pull failed for|for image) )[^\s,]{1,1024}/gi,
];

function proseOf(text: string, image: string | undefined): string {
  const named = image === undefined || image.length < 5 || !/[/:@]/.test(image) ? text : text.replaceAll(image, ' ');
  return REFERENCES.reduce((prose, reference) => prose.replace(reference, ' '), named);
}

/** The error's text without white space, quotes and case: for patterns that need URLs or references too. */
export function wordsOf(error: PullError): string {
  return read(error).all;
}

/** The same without URLs and image references, whose words say nothing of the failure. */
export function proseWordsOf(error: PullError): string {
  return read(error).prose;
}

/** Whether the error says one of these, however it was quoted, escaped, broken into lines or cut at its end. */
export function says(error: PullError, ...phrases: readonly string[]): boolean {
  const { prose, isCut } = read(error);
  return phrases.some((phrase) => {
    const wanted = compact(phrase);
    return prose.includes(wanted) || (isCut && endsWithin(prose, wanted));
  });
}

/** Whether the text ends in the middle of the phrase. */
function endsWithin(prose: string, phrase: string): boolean {
  const least = Math.max(CUT_MIN, Math.ceil((phrase.length * 2) / 3));
  for (let length = phrase.length - 1; length >= least; length -= 1) {
    if (prose.endsWith(phrase.slice(0, length))) return true;
  }
  return false;
}

/** Whether the text ends before it said anything: what it asked for is the last that can be read. */
export function isCutShort(error: PullError): boolean {
  return read(error).isCut;
}

/** Whether the error says all of these. */
export function saysAll(error: PullError, ...phrases: readonly string[]): boolean {
  return phrases.every((phrase) => says(error, phrase));
}
