import type { SlackBlock } from './chat.ts';

/** A modal view as Slack takes it: built by `chat/slack/render-dialog.ts`. */
export interface DialogView {
  /** At most 24 characters. */
  readonly title: string;
  readonly blocks: readonly SlackBlock[];
  /** Label of the button that confirms; `undefined` = there is nothing to confirm. */
  readonly submit: string | undefined;
  readonly close: string;
  /** Says which dialog it is when it comes back. */
  readonly callbackId: string;
  /** Comes back as it is; at most 3,000 characters, never a credential. */
  readonly state: string;
}

export interface SlackUser {
  readonly teamId: string;
  /** Of an Enterprise Grid organisation. */
  readonly enterpriseId?: string | undefined;
  readonly name: string;
  /** Single- or multi-channel guest. */
  readonly isGuest: boolean;
  /** Of another workspace or organisation, or a bot. */
  readonly isStranger: boolean;
}

/** Dialogs, and words for one person. Every method throws {ChatError} and ends within 8 s. */
export interface Dialogs {
  /** Within 3 s of the click: a trigger lives no longer and works once. */
  open(triggerId: string, view: DialogView): Promise<{ readonly viewId: string }>;
  /** @returns `gone` where it was closed meanwhile */
  update(viewId: string, view: DialogView): Promise<'done' | 'gone'>;
  /** Seen by this person alone. `thread`: in the thread of that message. */
  tell(
    to: {
      readonly channelId: string;
      readonly userId: string;
      readonly thread: string | undefined;
    },
    text: string,
  ): Promise<void>;
  /** Cached for minutes. */
  user(userId: string): Promise<SlackUser>;
  /** Members of a user group. Cached for minutes. */
  groupMembers(groupId: string): Promise<readonly string[]>;
  /** The workspace of our own token. Cached. */
  ownTeam(): Promise<string>;
}
