import type { DialogView } from '../../ports/dialogs.ts';
import { DIALOGS } from './action-ids.ts';
import { plainText } from './blocks.ts';
import { writeDialogState } from './dialog-state.ts';
import { said } from './render-dialog.ts';

/** Their words, at most; `Feedback.words` keeps as many. */
export const WORDS_MAX = 1_000;

/** Asks what was wrong with a diagnosis; the words are optional. */
export function renderNotIt(options: {
  readonly incidentId: string;
  readonly channelId: string | undefined;
  /** First line of the message, or the cause in a phrase. */
  readonly about: string;
}): DialogView {
  const { incidentId, channelId, about } = options;
  return {
    title: 'Not it',
    blocks: [
      said(`You say that this diagnosis is wrong: ${about}`),
      {
        type: 'input',
        block_id: DIALOGS.wordsBlock,
        optional: true,
        label: plainText('What is it really?'),
        element: { type: 'plain_text_input', action_id: 'words', multiline: true, max_length: WORDS_MAX },
      },
    ],
    submit: 'Record it',
    close: 'Cancel',
    callbackId: DIALOGS.notIt,
    state: writeDialogState({ incidentId, ...(channelId === undefined ? {} : { channelId }) }),
  };
}
