import { type Answer, type Arguments, channelOf, drawn, isTrue, isVisible, type Method, refuse } from './answer.ts';
import { microsOf, type SlackChannel, type SlackMessage, type Workspace } from './workspace.ts';

const DEFAULT_PAGE = 100;
const LARGEST_PAGE = 999;

/** The `conversations.*` methods. */
export const conversationMethods: Readonly<Record<string, Method>> = {
  'conversations.list': list,
  'conversations.info': (args, workspace) => {
    const channel = channelOf(args, workspace);
    return channel ? { ok: true, channel: describe(channel) } : refuse('channel_not_found');
  },
  'conversations.join': (args, workspace) => {
    const channel = channelOf(args, workspace);
    if (!channel) return refuse('channel_not_found');
    workspace.setMember(channel.id, true);
    return { ok: true, channel: describe({ ...channel, isMember: true }) };
  },
  'conversations.open': (args, workspace) => {
    const [user] = String(args['users'] ?? '').split(',');
    const channel = user ? workspace.findChannel(user) : undefined;
    return channel?.isDirect ? { ok: true, channel: { id: channel.id } } : refuse('user_not_found');
  },
  'conversations.history': history,
  'conversations.replies': replies,
};

/** Of the types that are asked for: public channels unless it says otherwise. */
function list(args: Arguments, workspace: Workspace): Answer {
  const { types = 'public_channel' } = args as { types?: string };
  const asked = types.split(',').map((type) => type.trim());
  const shown = workspace.channels().filter((channel) => isVisible(channel) && asked.includes(typeOf(channel)));
  return { ok: true, channels: shown.map(describe), response_metadata: { next_cursor: '' } };
}

function typeOf({ isDirect, isPrivate }: SlackChannel): string {
  if (isDirect) return 'im';
  return isPrivate ? 'private_channel' : 'public_channel';
}

/** Newest first, replies left out unless they were broadcast. */
function history(args: Arguments, workspace: Workspace): Answer {
  const channel = channelOf(args, workspace);
  if (!channel || channel.id !== args['channel']) return refuse('channel_not_found');
  if (!channel.isMember) return refuse('not_in_channel');
  const shown = workspace
    .messages(channel.id)
    .filter((message) => message.thread_ts === undefined || message.isBroadcast === true)
    .filter((message) => isWithin(message, args))
    .reverse();
  return page(shown, args, workspace);
}

/** The parent, then its replies, oldest first. */
function replies(args: Arguments, workspace: Workspace): Answer {
  const channel = channelOf(args, workspace);
  if (!channel || channel.id !== args['channel']) return refuse('channel_not_found');
  if (!channel.isMember) return refuse('not_in_channel');
  const ts = String(args['ts']);
  const parent = workspace.findMessage(channel.id, ts);
  if (!parent) return refuse('thread_not_found');
  const thread = workspace
    .messages(channel.id)
    .filter((message) => message.ts === ts || (message.thread_ts === ts && isWithin(message, args)));
  return page(thread, args, workspace);
}

function isWithin(message: SlackMessage, args: Arguments): boolean {
  const { oldest, latest } = args as { oldest?: unknown; latest?: unknown };
  const at = microsOf(message.ts);
  const isInclusive = isTrue(args['inclusive']);
  const from = oldest === undefined || oldest === '' ? Number.NEGATIVE_INFINITY : microsOf(String(oldest));
  const to = latest === undefined || latest === '' ? Number.POSITIVE_INFINITY : microsOf(String(latest));
  return isInclusive ? at >= from && at <= to : at > from && at < to;
}

function page(messages: readonly SlackMessage[], args: Arguments, workspace: Workspace): Answer {
  const limit = args['limit'] === undefined ? DEFAULT_PAGE : Number(args['limit']);
  if (!Number.isInteger(limit) || limit < 1 || limit > LARGEST_PAGE) return refuse('invalid_limit');
  const after = cursorPosition(args['cursor']);
  if (after === undefined) return refuse('invalid_cursor');
  const start = after === '' ? 0 : messages.findIndex((message) => message.ts === after) + 1;
  const shown = messages.slice(start, start + limit);
  const hasMore = start + limit < messages.length;
  const last = shown.at(-1);
  return {
    ok: true,
    messages: shown.map((message) => drawn(message, workspace, isTrue(args['include_all_metadata']))),
    has_more: hasMore,
    response_metadata: { next_cursor: hasMore && last ? Buffer.from(`after:${last.ts}`).toString('base64') : '' },
  };
}

function cursorPosition(cursor: unknown): string | undefined {
  if (cursor === undefined || cursor === '') return '';
  return /^after:(.+)$/.exec(Buffer.from(String(cursor), 'base64').toString('utf8'))?.[1];
}

function describe(channel: SlackChannel): Readonly<Record<string, unknown>> {
  return {
    id: channel.id,
    name: channel.name,
    name_normalized: channel.name,
    is_channel: !channel.isDirect,
    is_im: channel.isDirect,
    is_private: channel.isPrivate,
    is_archived: false,
    is_member: channel.isMember,
  };
}
