import type { Json } from '../../infra/local/slack/elements.ts';
import { createInteractions, type Outcome } from '../../infra/local/slack/interactions.ts';
import { createSender } from '../../infra/local/slack/send-signed.ts';
import type { SlackMessage, SlackView } from '../../infra/local/slack/workspace.ts';
import type { Stack } from '../../infra/local/stack/stack.ts';
import { buttonsIn, type SlackButton } from '../support/slack-buttons.ts';
import { until } from '../support/until.ts';

export const ALICE = 'U0ALICE00';
export const BOB = 'U0BOB0000';
export const GUEST = 'U0GUEST00';
export const STRANGER = 'U0STRANGE';

export const WALL = { now: () => Date.now() };

/** Somebody with Slack open: what they press is sent to the real handler, signed, and what they see is what it did. */
export interface SlackUser {
  /** Presses the button, or chooses in the menu, whose text matches. @throws naming what is there instead */
  press(message: SlackMessage, text: RegExp): Promise<Outcome>;
  /** The dialog on their screen; `undefined` = none. */
  dialog(): SlackView | undefined;
  /** Waits for a dialog whose title or text matches. */
  untilDialog(matching: RegExp, seconds?: number): Promise<SlackView>;
  choose(actionId: string, value: string): Promise<Outcome>;
  submit(values?: Readonly<Record<string, string>>): Promise<Outcome>;
  close(): Promise<Outcome>;
  /** What they were told alone, oldest first. */
  told(): readonly string[];
}

/** What they act on: the embedded Slack, and where its app listens. */
export interface SlackScene {
  readonly slack: Stack['slack'];
  readonly ready: { readonly slack: Pick<Stack['ready']['slack'], 'actionsUrl' | 'signingSecret'> };
}

export function slackUser({ slack, ready }: SlackScene, user: string): SlackUser {
  if (slack === undefined) throw new Error('the embedded Slack is missing');
  const { workspace } = slack;
  const interactions = createInteractions({
    workspace,
    send: createSender({ url: ready.slack.actionsUrl, secret: ready.slack.signingSecret, clock: WALL }),
    responseUrl: slack.responseUrl,
  });
  const dialog = () => workspace.views().find((view) => view.user === user);
  const open = () => {
    const view = dialog();
    if (view === undefined) throw new Error(`${user} has no dialog`);
    return view;
  };
  return {
    press(message, text) {
      const { channel, ts } = message;
      const { actionId, value } = findButton(message, text);
      return interactions.press({ user, channel, ts, actionId, value });
    },
    dialog,
    untilDialog: (matching, seconds = 15) =>
      until(`a dialog ${matching}`, seconds, () => {
        const view = dialog();
        return view !== undefined && matching.test(textOfView(view)) ? view : undefined;
      }).catch(() => {
        throw new Error(`no dialog ${matching} within ${seconds} s; there is: ${textOfView(dialog())}`);
      }),
    choose: (actionId, value) => interactions.choose({ user, viewId: open().id, actionId, value }),
    submit: (values = {}) => interactions.submit({ user, viewId: open().id, values }),
    close: () => interactions.close({ user, viewId: open().id }),
    told: () =>
      workspace
        .ephemerals()
        .filter((one) => one.user === user)
        .map(({ text }) => text),
  };
}

/** The texts of all buttons and menu entries of a message, in order. */
export function buttonsOf({ blocks }: SlackMessage): readonly string[] {
  return buttonsIn(blocks).map(({ text }) => text);
}

function findButton(message: SlackMessage, text: RegExp): SlackButton {
  const all = buttonsIn(message.blocks);
  const found = all.find((one) => text.test(one.text));
  if (found === undefined) throw new Error(`no button ${text}; there are: ${all.map((one) => one.text).join(' | ')}`);
  return found;
}

/** Title and all texts of a dialog. */
export function textOfView(view: SlackView | undefined): string {
  if (view === undefined) return 'no dialog';
  const { title, blocks } = view.view as typeof view.view & { readonly title: Json };
  return [title['text'], ...blocks.map(textOfBlock)].join('\n');
}

function textOfBlock(block: Json): string {
  const { text, elements } = block as { readonly text?: Json; readonly elements?: readonly Json[] };
  return String(text?.['text'] ?? (elements ?? []).map((one) => one['text'] ?? '').join(' '));
}
