import type { SlackChannel, SlackMessage, Workspace } from './workspace.ts';

/** Arguments of a call, JSON strings of a form already parsed. */
export type Arguments = Readonly<Record<string, unknown>>;

/** Slack's answer body: `ok` and the rest. */
export type Answer = { readonly ok: boolean } & Readonly<Record<string, unknown>>;

export type Method = (args: Arguments, workspace: Workspace) => Answer;

export function refuse(error: string, messages?: readonly string[]): Answer {
  return { ok: false, error, ...(messages ? { response_metadata: { messages } } : {}) };
}

/** The channel an argument names. */
export function channelOf(args: Arguments, workspace: Workspace): SlackChannel | undefined {
  const { channel } = args as { channel?: unknown };
  const found = typeof channel === 'string' ? workspace.findChannel(channel) : undefined;
  return found !== undefined && isVisible(found) ? found : undefined;
}

/** Channels that the bot can see: a private one without it is not there for it. */
export function isVisible({ isPrivate, isMember }: SlackChannel): boolean {
  return isMember || !isPrivate;
}

/** A message as Slack's answers show it: with its thread's counters, and its metadata only where asked for. */
export function drawn(message: SlackMessage, workspace: Workspace, withMetadata: boolean): Answer['message'] & object {
  const { channel, isBroadcast, metadata, ...rest } = message;
  const replies = workspace.messages(channel).filter((one) => one.thread_ts === message.ts && one.ts !== message.ts);
  return {
    ...rest,
    app_id: workspace.bot.appId,
    team: workspace.team.id,
    bot_profile: { id: workspace.bot.botId, app_id: workspace.bot.appId, name: workspace.bot.name },
    ...(isBroadcast ? { subtype: 'thread_broadcast' } : {}),
    ...(metadata && withMetadata ? { metadata } : {}),
    ...(replies.length > 0
      ? {
          thread_ts: message.ts,
          reply_count: replies.length,
          reply_users_count: 1,
          reply_users: [workspace.bot.userId],
          latest_reply: replies.at(-1)?.ts,
        }
      : {}),
  };
}

/** Forms send `true` and `1` as text. */
export function isTrue(value: unknown): boolean {
  return value === true || value === 'true' || value === '1' || value === 1;
}
