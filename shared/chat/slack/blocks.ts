import { createHash } from 'node:crypto';
import type { ChatMessage, SlackBlock } from '../../ports/chat.ts';
import type { FirstLine } from '../first-line.ts';
import { escapeText } from './escape.ts';

/** A paragraph of mrkdwn. `verbatim`: Slack makes no links, channels or mentions of its own out of it. */
export function section(text: string): SlackBlock {
  return { type: 'section', text: { type: 'mrkdwn', text, verbatim: true } };
}

/** A text without mrkdwn, as labels have it; shortcodes stay words. */
export function plainText(text: string) {
  return { type: 'plain_text', text, emoji: false };
}

/** Small grey print, its parts joined by dots; `undefined` parts are left out. */
export function context(parts: readonly (string | undefined)[]): SlackBlock | undefined {
  const text = parts.filter((part) => part !== undefined && part !== '').join(' · ');
  return text === '' ? undefined : { type: 'context', elements: [{ type: 'mrkdwn', text, verbatim: true }] };
}

/** The first line as the first block: the same sentence, its head bold. */
export function headline(line: FirstLine): SlackBlock {
  return section(`${line.emoji} *${escapeText(line.head)}*${line.tail === '' ? '' : escapeTail(line.tail)}`);
}

/** What stands there, without the time of its making and ages at that time: equal hashes need no edit. */
export function hashContent(message: ChatMessage): string {
  const content = JSON.stringify([message.text, message.blocks]).replace(
    /as of (?:\d+ \w+ )?\d\d:\d\d UTC|[\d a-z]+ before this was written/g,
    '',
  );
  return hashText(content);
}

/** A short hash for comparing, not for security. */
export function hashText(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function escapeTail(tail: string): string {
  // The joint (`: `, ` `) is kept as it is: escaping trims.
  const joint = tail.match(/^[:,. ]+/)?.[0] ?? '';
  return `${joint}${escapeText(tail.slice(joint.length))}`;
}
