/** A Block Kit block: built by `chat/slack/render-*.ts`, checked by `chat/slack/limits.ts`. */
export type SlackBlock = Readonly<Record<string, unknown>> & { readonly type: string };

export interface ChatMessage {
  /** The phone's line: plain text, at most 120 characters. */
  readonly text: string;
  readonly blocks: readonly SlackBlock[];
}

/** Where a message stands: the channel's id (never its name) and Slack's timestamp. */
export interface PostedMessage {
  readonly channelId: string;
  readonly ts: string;
}

/** Tells our own posts apart: put into Slack's message metadata. */
export interface MessageTag {
  /** Event type, such as `pullmedic_incident`. */
  readonly kind: string;
  /** Unique per message that must be posted once: `<incident id>` or `<incident id>#<reply key>`. */
  readonly id: string;
}

/** The one chat. Every method throws {ChatError}; `retry` is 429, 5xx, a timeout, or no answer. */
export interface Chat {
  /** Not idempotent: after a lost answer look for the tag first. */
  post(channel: string, message: ChatMessage, tag: MessageTag): Promise<PostedMessage>;
  /** @param options.broadcast also shows the reply in the channel (and buzzes) */
  reply(
    parent: PostedMessage,
    message: ChatMessage,
    tag: MessageTag,
    options?: { readonly broadcast?: boolean },
  ): Promise<PostedMessage>;
  /** @returns `gone` when Slack says that it can no longer be edited (deleted, too old, not ours) */
  update(posted: PostedMessage, message: ChatMessage): Promise<'done' | 'gone'>;
  /** Looks through the channel's (or the thread's) recent history. `undefined`: certainly not there. */
  findByTag(channel: string, tag: MessageTag, parent?: PostedMessage): Promise<PostedMessage | undefined>;
}
