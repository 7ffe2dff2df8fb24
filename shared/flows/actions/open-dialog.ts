import { renderTold } from '../../chat/slack/render-dialog.ts';
import { ChatError, PullmedicError } from '../../domain/errors.ts';
import type { DialogView } from '../../ports/dialogs.ts';
import type { ActionDeps } from './deps.ts';
import { identify } from './identify.ts';
import type { Press } from './parse-action.ts';
import { tellQuietly } from './tell.ts';

/** Opens a dialog whose content is at hand, for people of the workspace. The same click twice has one dialog. */
export async function openDialog(press: Press, read: () => Promise<DialogView>, deps: ActionDeps): Promise<void> {
  const { dialogs, log } = deps;
  try {
    const [identity, view] = await Promise.all([identify(press, deps), read()]);
    const shown = identity.kind === 'refused' ? renderTold(identity.why, 'Not allowed') : view;
    if (press.triggerId === undefined) return await tellQuietly(press, 'Slack did not open the dialog.', deps);
    await dialogs.open(press.triggerId, shown);
  } catch (error) {
    if (!(error instanceof PullmedicError)) throw error;
    if (error instanceof ChatError && error.reason === 'exchanged_trigger_id') return;
    log.warn('a dialog did not open', { userId: press.userId, error });
    await tellQuietly(press, 'The dialog did not open. Nothing was changed: press again.', deps);
  }
}
