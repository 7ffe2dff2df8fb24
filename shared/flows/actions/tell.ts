import { PullmedicError } from '../../domain/errors.ts';
import type { ActionDeps } from './deps.ts';
import type { Press } from './parse-action.ts';

/** Of an incident that is gone. */
export const NOT_KNOWN = 'This message is about something that is not known any more.';

/** A sentence for the one who pressed, seen by nobody else. Where Slack does not take it, the log has it. */
export async function tellQuietly(
  { channelId, userId, thread }: Press,
  text: string,
  { dialogs, log }: Pick<ActionDeps, 'dialogs' | 'log'>,
): Promise<void> {
  if (channelId === undefined || channelId === '') {
    log.warn('nobody could be told', { userId, text });
    return;
  }
  try {
    await dialogs.tell({ channelId, userId, thread }, text);
  } catch (error) {
    if (!(error instanceof PullmedicError)) throw error;
    log.warn('somebody was not told', { userId, text, error });
  }
}
