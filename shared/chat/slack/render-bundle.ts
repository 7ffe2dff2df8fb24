import type { BundleLine, Dot } from '../../domain/incident.ts';
import type { ChatMessage } from '../../ports/chat.ts';
import { composeLine, countOf } from '../first-line.ts';
import { hashContent, headline, section } from './blocks.ts';
import { escapeText } from './escape.ts';
import { fitMessage } from './limits.ts';

const LINES_SHOWN = 25;

/** A channel's many incidents of an hour, or what is not prod of a day. */
export type BundleKind = 'roll-up' | 'digest';

export interface RenderedBundle {
  readonly message: ChatMessage;
  readonly dot: Dot;
  /** Equal = the same message. */
  readonly contentHash: string;
}

/**
 * The message whose thread holds several incidents: what comes on top of a channel's budget, or what is not prod.
 * It is green once all of them are over. Before that it is never red: it buzzes nobody, and is edited only when one joins
 * or ends.
 */
export function renderBundle(kind: BundleKind, lines: readonly BundleLine[]): RenderedBundle {
  // Who still fails is named first.
  const [first, ...rest] = [...lines].sort((a, b) => Number(a.isOver) - Number(b.isOver));
  const over = lines.filter(({ isOver }) => isOver).length;
  const dot = dotOf(lines, over);
  const subject = first?.subject ?? 'none';
  const line = composeLine({
    dot,
    cluster: undefined,
    subject: rest.length === 0 ? subject : `${subject} +${rest.length} more`,
    variants: [
      [kind === 'roll-up' ? ': many incidents this hour' : ': outside prod today', ''],
      ['', ''],
    ],
    cause: `${countOf(lines.length, 'incident')} in this thread${over === 0 ? '' : over === lines.length ? ', all over' : `, ${over} over`}`,
    joint: ', ',
  });
  const list = lines.slice(0, LINES_SHOWN).map((one) => `${one.isOver ? '🟢' : '•'} ${escapeText(one.subject, 140)}`);
  const more = lines.length > list.length ? [`• and ${lines.length - list.length} more`] : [];
  const message = fitMessage({
    text: line.text,
    blocks: [headline(line), section([...list, ...more].join('\n') || 'None yet.')],
  });
  return { message, dot, contentHash: hashContent(message) };
}

/** The worst that it ever held. */
function dotOf(lines: readonly BundleLine[], over: number): Dot {
  if (lines.length > 0 && over === lines.length) return 'green';
  return lines.some(({ dot }) => dot === 'red' || dot === 'orange') ? 'orange' : 'yellow';
}
