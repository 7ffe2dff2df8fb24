import type { IncidentNote } from '../../domain/incident.ts';
import type { Instant } from '../../domain/instant.ts';
import type { ChatMessage } from '../../ports/chat.ts';
import type { BuzzReason } from '../decide-notification.ts';
import { buzzLine, wordedLine } from '../first-line.ts';
import type { IncidentView } from '../incident-view.ts';
import { formatTime } from '../times.ts';
import { context, headline, section } from './blocks.ts';
import { escapeText, mention } from './escape.ts';
import { fitMessage } from './limits.ts';

/** The one reply that is shown in the channel: worse, or failing again. */
export function renderBuzz(view: IncidentView, why: BuzzReason, now: Instant): ChatMessage {
  const line = buzzLine(view, why);
  const small = context([
    view.mention === undefined ? undefined : mention(view.mention),
    `as of ${formatTime(now, now)}`,
    'the message above has the details',
  ]);
  return fitMessage({ text: line.text, blocks: small === undefined ? [headline(line)] : [headline(line), small] });
}

/** Something that happened, told in the thread once. */
export function renderNote(view: IncidentView, note: IncidentNote, now: Instant): ChatMessage {
  const line = wordedLine(view, note.text);
  const small = context([formatTime(note.at, now)]);
  const whole = note.text.length > line.tail.length ? [section(escapeText(note.text, 1_000))] : [];
  return fitMessage({
    text: line.text,
    blocks: [headline(line), ...whole, ...(small === undefined ? [] : [small])],
  });
}
