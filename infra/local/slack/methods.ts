import { type Answer, type Arguments, channelOf, drawn, isTrue, type Method, refuse } from './answer.ts';
import { checkBlocks } from './check-blocks.ts';
import { conversationMethods } from './conversations.ts';
import { type Json, withIds } from './elements.ts';
import { SLACK_LIMITS } from './limits.ts';
import { findPerson } from './people.ts';
import { peopleMethods } from './people-methods.ts';
import { viewMethods } from './views.ts';
import type { SlackMessage, SlackMetadata, Workspace } from './workspace.ts';

/** Every Web API method that the embedded Slack answers, by name. */
export const METHODS: Readonly<Record<string, Method>> = {
  'auth.test': (_args, { team, bot }) => ({
    ok: true,
    url: 'https://local.slack.com/',
    team: team.name,
    user: bot.name,
    team_id: team.id,
    user_id: bot.userId,
    bot_id: bot.botId,
    is_enterprise_install: false,
  }),
  'api.test': (args) => ({ ok: true, args }),
  'chat.postMessage': postMessage,
  'chat.postEphemeral': postEphemeral,
  'chat.update': update,
  'chat.delete': remove,
  'chat.getPermalink': permalink,
  'reactions.add': addReaction,
  ...peopleMethods,
  ...conversationMethods,
  ...viewMethods,
};

function postMessage(args: Arguments, workspace: Workspace): Answer {
  const channel = channelOf(args, workspace);
  if (!channel) return refuse('channel_not_found');
  // chat:write.public would let it post there all the same; the app does not ask for it.
  if (!channel.isMember) return refuse('not_in_channel');
  const content = contentOf(args);
  if ('error' in content) return refuse(content.error, content.messages);

  const { thread_ts: threadTs } = args as { thread_ts?: unknown };
  if (threadTs !== undefined && threadTs !== '') {
    if (typeof threadTs !== 'string' || !/^\d+\.\d{6}$/.test(threadTs)) return refuse('invalid_thread_ts');
    if (!workspace.findMessage(channel.id, threadTs)) return refuse('cannot_reply_to_message');
  }
  const isReply = typeof threadTs === 'string' && threadTs !== '';
  const message: SlackMessage = {
    type: 'message',
    ts: workspace.nextTs(),
    channel: channel.id,
    user: workspace.bot.userId,
    bot_id: workspace.bot.botId,
    text: content.text,
    blocks: content.blocks,
    ...(isReply ? { thread_ts: threadTs } : {}),
    ...(isReply && isTrue(args['reply_broadcast']) ? { isBroadcast: true } : {}),
    ...(content.metadata ? { metadata: content.metadata } : {}),
  };
  workspace.put(message);
  return { ok: true, channel: channel.id, ts: message.ts, message: drawn(message, workspace, true) };
}

/** Seen by one person, kept nowhere: it cannot be edited, and nobody's history has it. */
function postEphemeral(args: Arguments, workspace: Workspace): Answer {
  const channel = channelOf(args, workspace);
  if (!channel) return refuse('channel_not_found');
  const { user, thread_ts: threadTs } = args as { user?: unknown; thread_ts?: unknown };
  if (typeof user !== 'string' || user === '') return refuse('invalid_arguments');
  if (findPerson(user) === undefined) return refuse('user_not_in_channel');
  const content = contentOf(args);
  if ('error' in content) return refuse(content.error, content.messages);
  const ts = workspace.nextTs();
  const thread = typeof threadTs === 'string' && threadTs !== '' ? threadTs : undefined;
  workspace.putEphemeral({
    ts,
    channel: channel.id,
    user,
    text: content.text,
    blocks: content.blocks,
    thread_ts: thread,
  });
  return { ok: true, message_ts: ts };
}

function update(args: Arguments, workspace: Workspace): Answer {
  const channel = channelOf(args, workspace);
  // Editing takes ids only: a name is not found (docs.slack.dev/reference/methods/chat.update).
  if (!channel || channel.id !== args['channel']) return refuse('channel_not_found');
  const known = workspace.findMessage(channel.id, String(args['ts']));
  if (!known) return refuse('message_not_found');
  if (known.user !== workspace.bot.userId) return refuse('cant_update_message');
  const content = contentOf({ ...args, ...(args['text'] === undefined && args['blocks'] ? { text: known.text } : {}) });
  if ('error' in content) return refuse(content.error, content.messages);
  const message: SlackMessage = {
    ...known,
    text: content.text,
    blocks: content.blocks,
    ...(content.metadata ? { metadata: content.metadata } : {}),
    edited: { user: workspace.bot.userId, ts: workspace.nextTs() },
  };
  workspace.put(message);
  return { ok: true, channel: channel.id, ts: known.ts, text: message.text, message: drawn(message, workspace, true) };
}

function remove(args: Arguments, workspace: Workspace): Answer {
  const channel = channelOf(args, workspace);
  if (!channel) return refuse('channel_not_found');
  const known = workspace.findMessage(channel.id, String(args['ts']));
  if (!known) return refuse('message_not_found');
  if (known.user !== workspace.bot.userId) return refuse('cant_delete_message');
  workspace.remove(channel.id, known.ts);
  return { ok: true, channel: channel.id, ts: known.ts };
}

function permalink(args: Arguments, workspace: Workspace): Answer {
  const channel = channelOf(args, workspace);
  if (!channel) return refuse('channel_not_found');
  const ts = String(args['message_ts']);
  if (!workspace.findMessage(channel.id, ts)) return refuse('message_not_found');
  return {
    ok: true,
    channel: channel.id,
    permalink: `https://local.slack.com/archives/${channel.id}/p${ts.replace('.', '')}`,
  };
}

function addReaction(args: Arguments, workspace: Workspace): Answer {
  const channel = channelOf(args, workspace);
  if (!channel) return refuse('channel_not_found');
  const known = workspace.findMessage(channel.id, String(args['timestamp']));
  if (!known) return refuse('message_not_found');
  const { name } = args as { name?: unknown };
  if (typeof name !== 'string' || !/^[a-z0-9_'+-]+$/.test(name)) return refuse('invalid_name');
  const reactions = known.reactions ?? [];
  if (reactions.some((one) => one.name === name)) return refuse('already_reacted');
  workspace.put({ ...known, reactions: [...reactions, { name, users: [workspace.bot.userId], count: 1 }] });
  return { ok: true };
}

interface Content {
  readonly text: string;
  readonly blocks: SlackMessage['blocks'];
  readonly metadata: SlackMetadata | undefined;
}

interface Refusal {
  readonly error: string;
  readonly messages?: readonly string[];
}

/** What a message would hold, or Slack's error word for it. */
export function contentOf(args: Arguments): Content | Refusal {
  const { text, blocks, metadata } = args as { text?: unknown; blocks?: unknown; metadata?: unknown };
  const hasBlocks = blocks !== undefined && blocks !== '' && !(Array.isArray(blocks) && blocks.length === 0);
  if ((text === undefined || text === '') && !hasBlocks) return { error: 'no_text' };
  if (text !== undefined && typeof text !== 'string') return { error: 'invalid_arguments' };
  if ((text ?? '').length > SLACK_LIMITS.messageTextCharacters) return { error: 'msg_too_long' };
  if (hasBlocks) {
    if (!Array.isArray(blocks)) return { error: 'invalid_blocks_format' };
    const problems = checkBlocks(blocks, SLACK_LIMITS.blocksInMessage);
    if (problems.length > 0) return { error: 'invalid_blocks', messages: problems };
    if (JSON.stringify(blocks).length > SLACK_LIMITS.blocksCharacters) return { error: 'msg_blocks_too_long' };
  }
  const checked = metadataOf(metadata);
  if (checked !== undefined && 'error' in checked) return checked;
  return { text: text ?? '', blocks: hasBlocks ? withIds(blocks as readonly Json[]) : [], metadata: checked };
}

function metadataOf(metadata: unknown): SlackMetadata | Refusal | undefined {
  if (metadata === undefined || metadata === '') return undefined;
  if (typeof metadata !== 'object' || metadata === null) return { error: 'invalid_metadata_format' };
  const { event_type: type, event_payload: payload } = metadata as Partial<SlackMetadata>;
  if (typeof type !== 'string' || type === '' || typeof payload !== 'object' || payload === null)
    return { error: 'invalid_metadata_schema' };
  if (JSON.stringify(metadata).length > SLACK_LIMITS.metadataCharacters) return { error: 'metadata_too_large' };
  return { event_type: type, event_payload: payload };
}
