import type { DialogView } from '../../ports/dialogs.ts';

/** A dialog as Slack's Web API, and the answer to a submission, take it. */
export function toSlackView(view: DialogView): Readonly<Record<string, unknown>> {
  const plain = (text: string) => ({ type: 'plain_text', text, emoji: false });
  return {
    type: 'modal',
    title: plain(view.title),
    ...(view.submit === undefined ? {} : { submit: plain(view.submit) }),
    close: plain(view.close),
    callback_id: view.callbackId,
    private_metadata: view.state,
    blocks: view.blocks,
  };
}
