import type { Instant } from '../../domain/instant.ts';
import type { PreflightNotice } from '../../domain/jobs.ts';
import type { Breaks } from '../../domain/preflight/breaks.ts';
import type { PreflightLine } from '../../domain/preflight/memory.ts';
import type { ChatMessage } from '../../ports/chat.ts';
import { composeLine, countOf } from '../first-line.ts';
import { toPlain } from '../plain-text.ts';
import { formatTime } from '../times.ts';
import { context, headline, section } from './blocks.ts';
import { escapeText, inlineCode } from './escape.ts';
import { fitMessage } from './limits.ts';

const LINES_SHOWN = 12;
/** A section holds 3,000 characters. */
const LINES_A_SECTION = 4;

/**
 * What a preflight found new, and what is gone. Nothing is said to be broken: it is never more than yellow, mentions
 * nobody, and is not edited, for the next change is a message of its own.
 */
export function renderPreflightChanges(notice: PreflightNotice, now: Instant): ChatMessage {
  const { cluster, at, appeared, appearedCount, gone, goneCount, standing } = notice;
  const [first] = appeared.length > 0 ? appeared : gone;
  const isNew = appearedCount > 0;
  const what = isNew
    ? `${appearedCount} new before ${appearedCount === 1 ? 'it breaks' : 'they break'}`
    : `${countOf(goneCount, 'finding')} gone`;
  const line = composeLine({
    dot: isNew ? 'yellow' : 'green',
    cluster,
    subject: 'cluster',
    variants: [
      [`: ${what}${isNew && goneCount > 0 ? `, ${goneCount} gone` : ''}`, ''],
      [`: ${what}`, ''],
    ],
    cause: first === undefined ? '' : toPlain(`${first.lead} ${first.phrase}`),
    joint: isNew ? ', first: ' : ', was: ',
  });
  const blocks = [
    headline(line),
    ...sections('New', appeared.slice(0, LINES_SHOWN), appearedCount, (one) => newLine(one, now)),
    ...sections('Gone', gone.slice(0, LINES_SHOWN), goneCount, goneLine),
    context([
      `${countOf(standing, 'finding')} ${standing === 1 ? 'stands' : 'stand'}`,
      `as of ${formatTime(at, now)}`,
      'all of them: `pullmedic preflight`',
    ]),
  ].filter((block) => block !== undefined);
  return fitMessage({ text: line.text, blocks });
}

function sections(
  title: string,
  lines: readonly PreflightLine[],
  count: number,
  render: (line: PreflightLine) => string,
): readonly ReturnType<typeof section>[] {
  if (count === 0) return [];
  const more = count > lines.length ? [`• and ${count - lines.length} more`] : [];
  const texts = [`*${title}*`, ...lines.map(render), ...more];
  const parts = Array.from({ length: Math.ceil(texts.length / LINES_A_SECTION) }, (_, i) =>
    texts.slice(i * LINES_A_SECTION, (i + 1) * LINES_A_SECTION),
  );
  return parts.map((part) => section(part.join('\n')));
}

function newLine({ breaks, lead, more, phrase, confidence, fix }: PreflightLine, now: Instant): string {
  const sure = confidence === 'certain' ? '' : ` _(${confidence})_`;
  const advice = fix === undefined ? '' : `\n    → ${escapeText(fix, 160)}`;
  return `• _${whenWords(breaks, now)}_ ${inlineCode(lead, 100)}${moreWords(more)}: ${escapeText(phrase, 120)}${sure}${advice}`;
}

function goneLine({ lead, more, phrase }: PreflightLine): string {
  return `• ${inlineCode(lead, 100)}${moreWords(more)}: was ${escapeText(phrase, 120)}`;
}

function moreWords(more: number): string {
  return more === 0 ? '' : ` +${more} more`;
}

/** Absolute: a message is read later than it is written. */
function whenWords(breaks: Breaks, now: Instant): string {
  switch (breaks.kind) {
    case 'now':
      return 'at the next start';
    case 'at':
      return `from ${formatTime(breaks.at, now)} on`;
    case 'next-node':
      return 'on any new node';
    case 'drift':
      return 'may drift';
  }
}
