import { ChatError } from '../../domain/errors.ts';
import type { Chat, ChatMessage, MessageTag, PostedMessage } from '../../ports/chat.ts';
import { createChannelIds } from './channel-ids.ts';
import { findTagged } from './find-tagged.ts';
import { createSlackCall, type SlackCallOptions } from './slack-call.ts';
import { isGone } from './slack-errors.ts';

/** The chat port on Slack's Web API. It tries each call once: when to try again is the queue's decision. */
export function createSlackChat(options: SlackCallOptions): Chat {
  const call = createSlackCall(options);
  const channelIds = createChannelIds(call);

  async function send(
    channel: string,
    message: ChatMessage,
    tag: MessageTag,
    thread: Readonly<Record<string, unknown>>,
  ): Promise<PostedMessage> {
    const answer = await call('chat.postMessage', {
      channel,
      ...content(message),
      ...thread,
      unfurl_links: false,
      unfurl_media: false,
      metadata: { event_type: tag.kind, event_payload: { id: tag.id } },
    });
    return postedOf('chat.postMessage', answer);
  }

  return {
    async post(channel, message, tag) {
      const posted = await send(channel, message, tag, {});
      channelIds.learn(channel, posted.channelId);
      return posted;
    },

    reply(parent, message, tag, options) {
      return send(parent.channelId, message, tag, {
        thread_ts: parent.ts,
        ...(options?.broadcast === true ? { reply_broadcast: true } : {}),
      });
    },

    async update(posted, message) {
      try {
        // Metadata that is not sent stays as it is.
        await call('chat.update', { channel: posted.channelId, ts: posted.ts, ...content(message) });
        return 'done';
      } catch (error) {
        if (error instanceof ChatError && isGone(error)) return 'gone';
        throw error;
      }
    },

    async findByTag(channel, tag, parent) {
      const channelId = parent?.channelId ?? (await channelIds.resolve(channel));
      return findTagged(call, channelId, tag, parent?.ts);
    },
  };
}

/** `mrkdwn` and `parse` off: the text is plain, and Slack is to see nothing of its own in it. */
function content({ text, blocks }: ChatMessage): Readonly<Record<string, unknown>> {
  return { text, blocks, mrkdwn: false, parse: 'none', link_names: false };
}

function postedOf(method: string, answer: Readonly<Record<string, unknown>>): PostedMessage {
  const { channel, ts } = answer;
  if (typeof channel === 'string' && typeof ts === 'string') return { channelId: channel, ts };
  throw new ChatError(method, 'answer_without_ts', { retry: 'retry' });
}
