import type { Dot } from '../../domain/incident.ts';
import type { ChatMessage } from '../../ports/chat.ts';
import { composeLine, countOf } from '../first-line.ts';
import { headline, section } from './blocks.ts';
import { escapeText } from './escape.ts';
import { fitMessage } from './limits.ts';

const SUBJECTS_SHOWN = 25;

/**
 * The message whose thread holds several incidents: what comes on top of a channel's budget, or what is not prod.
 * Its dot is never red: it is not edited when one of its incidents recovers, and would lie then.
 */
export function renderBundle(kind: 'roll-up' | 'digest', subjects: readonly string[], dot: Dot): ChatMessage {
  const [first = 'none', ...rest] = subjects;
  const line = composeLine({
    dot,
    cluster: undefined,
    subject: rest.length === 0 ? first : `${first} +${rest.length} more`,
    variants: [
      [kind === 'roll-up' ? ': many incidents this hour' : ': outside prod today', ''],
      ['', ''],
    ],
    cause: `${countOf(subjects.length, 'incident')} in this thread`,
    joint: ', ',
  });
  const list = subjects.slice(0, SUBJECTS_SHOWN).map((subject) => `• ${escapeText(subject, 140)}`);
  const more = subjects.length > list.length ? [`• and ${subjects.length - list.length} more`] : [];
  return fitMessage({
    text: line.text,
    blocks: [headline(line), section([...list, ...more].join('\n') || 'None yet.')],
  });
}
