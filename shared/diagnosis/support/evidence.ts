import type { Evidence } from '../../domain/finding.ts';
import type { Instant } from '../../domain/instant.ts';
import type { PullError } from '../../domain/pull-error.ts';
import type { PullFailure } from '../../domain/pull-failure.ts';
import { redact } from '../../domain/redact.ts';
import { oncePer } from './once-per.ts';
import { clip } from './text.ts';

export { moment } from '../../domain/instant.ts';

/** Characters of runtime text that evidence quotes; the root cause stands at the end of it. */
const QUOTE_MAX = 180;

/** The runtime's own words, the end of them, and where they were read. */
export function runtimeSays(failure: PullFailure): Evidence {
  const said = quoteOf(failure.error) ?? failure.reason ?? 'nothing';
  return { text: `the runtime says: ${said}`, source: sourceOf(failure), at: failure.lastFailedAt, isQuote: true };
}

const quoteOf = oncePer(({ text, raw }: PullError): string | undefined => {
  const said = text === '' ? raw : text;
  return said === '' ? undefined : lastWords(redact(said), QUOTE_MAX);
});

/** A fact, where it was read and when. */
export function fact(text: string, source: string, at?: Instant | undefined): Evidence {
  return { text, source, at };
}

function lastWords(text: string, max: number): string {
  const line = text.replace(/\s+/g, ' ').trim();
  if (line.length <= max) return line;
  const end = line.slice(-max);
  const space = end.indexOf(' ');
  return `…${space === -1 || space > 40 ? end : end.slice(space + 1)}`;
}

function sourceOf({ pod, events, error, reason }: PullFailure): string {
  if (pod === undefined) return 'the given text';
  const end = error.raw.slice(-80);
  if (end !== '' && events.some(({ message }) => message.includes(end))) return 'event';
  return reason === undefined ? 'event' : 'waiting message';
}

/** A duration for people: `42 s`, `17 min`, `13 h`, `4 days`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`;
}

/** A name from the cluster, short enough for a sentence. */
export function named(text: string): string {
  return clip(text, 60);
}
