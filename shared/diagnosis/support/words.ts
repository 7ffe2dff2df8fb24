import { compact } from '../../domain/compact.ts';
import type { PullError } from '../../domain/pull-error.ts';
import { oncePer } from './once-per.ts';

interface Words {
  /** All of the text, compacted. */
  readonly all: string;
  /** Without URLs and image references: an image called `billing` is no billing problem. */
  readonly prose: string;
  readonly triples: Uint8Array;
  /** Whether the text was cut: the API server keeps 1,024 characters of an event, tools cut earlier. */
  readonly isCut: boolean;
}

const CUT = /(?:\.{3}|…)$/;
/** Letters that the beginning of a phrase must show at the end of a cut text to count, and two thirds of it. */
const CUT_MIN = 7;

/** The API server keeps the first 1,024 characters of an event's note, without a sign that more followed. */
function isEventLong(raw: string): boolean {
  return raw.length >= 1000 && raw.length <= 1024;
}

const read = oncePer((error: PullError): Words => {
  const isCut = CUT.test(error.text) || isEventLong(error.raw);
  const text = error.text.replace(CUT, '');
  const prose = compact(proseOf(text, error.image));
  return { all: compact(text), prose, triples: triplesOf(prose), isCut };
});

/** A phrase as it is looked for, and three letter triples of it: a text that lacks one of them cannot hold the phrase. */
interface Wanted {
  readonly text: string;
  readonly first: number;
  readonly middle: number;
  readonly last: number;
}

/** Phrases stand in the source, so that there are some hundreds, each looked for in every error. */
const wantedPhrases = new Map<string, Wanted>();

function wantedOf(phrase: string): Wanted {
  const known = wantedPhrases.get(phrase);
  if (known !== undefined) return known;
  const text = compact(phrase);
  const end = text.length - 3;
  const wanted = { text, first: tripleAt(text, 0), middle: tripleAt(text, end >> 1), last: tripleAt(text, end) };
  wantedPhrases.set(phrase, wanted);
  return wanted;
}

const TRIPLES = 1 << 11;

function tripleAt(text: string, index: number): number {
  const letters = text.charCodeAt(index) * 961 + text.charCodeAt(index + 1) * 31 + text.charCodeAt(index + 2);
  return letters & (TRIPLES - 1);
}

function triplesOf(text: string): Uint8Array {
  const seen = new Uint8Array(TRIPLES);
  for (let index = 0; index + 2 < text.length; index += 1) seen[tripleAt(text, index)] = 1;
  return seen;
}

const REFERENCES: readonly RegExp[] = [
  /https?:\/\/[^\s"']+/gi,
  /docker:\/\/[^\s"']+/gi,
  /(?<=(?:reference|image|tag|name) )"[^"]{1,1024}"/gi,
  /(?<=reading manifest )\S{1,200} in [^\s:]+(?::\d+\/[^\s:]+)?/gi,
  // A host behind its role, and any `host.name/path`.
  /(?<=\b(?:registry|host|endpoint) )[a-z0-9][\w-]{0,62}(?:\.[\w-]{1,62}){1,12}(?::\d{1,5})?/gi,
  /(?<![\w./@:-])[a-z0-9][\w-]{0,62}(?:\.[\w-]{1,62}){1,12}(?::\d{1,5})?\/[\w./@+-]{1,512}(?::[\w.-]{1,128})?/gi,
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
  const { prose, triples, isCut } = read(error);
  for (const phrase of phrases) {
    const wanted = wantedOf(phrase);
    if (isCut && endsWithin(prose, wanted.text)) return true;
    if (mayHold(triples, wanted) && prose.includes(wanted.text)) return true;
  }
  return false;
}

function mayHold(triples: Uint8Array, { first, middle, last }: Wanted): boolean {
  return triples[first] === 1 && triples[middle] === 1 && triples[last] === 1;
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
