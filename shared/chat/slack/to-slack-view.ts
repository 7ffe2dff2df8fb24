import type { DialogView } from '../../ports/dialogs.ts';
import { clip } from '../plain-text.ts';

/** Slack's limits for a modal view (docs.slack.dev/reference/views/modal-views). */
export const VIEW_LIMITS = {
  blocks: 100,
  title: 24,
  label: 24,
  callbackId: 255,
  state: 3_000,
  /** All of it as JSON: 250 kB. */
  bytes: 250_000,
  options: 100,
  optionText: 75,
  optionValue: 150,
} as const;

/** A dialog as Slack's Web API, and the answer to a submission, take it. */
export function toSlackView(view: DialogView): Readonly<Record<string, unknown>> {
  const plain = (text: string) => ({ type: 'plain_text', text, emoji: false });
  return {
    type: 'modal',
    title: plain(clip(view.title, VIEW_LIMITS.title)),
    ...(view.submit === undefined ? {} : { submit: plain(clip(view.submit, VIEW_LIMITS.label)) }),
    close: plain(clip(view.close, VIEW_LIMITS.label)),
    callback_id: view.callbackId,
    private_metadata: view.state,
    blocks: view.blocks,
  };
}
