/** White space, quotes of every kind, backslashes and invisible characters: what terminals, logs and wikis change. */
const NOISE = /[\s"'`\\\u00ab\u00bb\u2018-\u201f\u200b-\u200f\u00ad\ufeff\u2060]+/g;

/**
 * The text without what gets lost or added on its way: lower case, no white space, no quotes. Line breaks in the middle
 * of a word, escaped quotes and curly ones then make no difference when phrases are looked for.
 */
export function compact(text: string): string {
  return text.toLowerCase().replace(NOISE, '');
}
