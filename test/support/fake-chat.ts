import { findLimitProblems } from '../../shared/chat/slack/limits.ts';
import { ChatError } from '../../shared/domain/errors.ts';
import type { Chat, ChatMessage, MessageTag, PostedMessage } from '../../shared/ports/chat.ts';

/** A message as the fake workspace keeps it. */
export interface FakeMessage {
  readonly channel: string;
  readonly ts: string;
  readonly threadTs: string | undefined;
  readonly isBroadcast: boolean;
  readonly tag: MessageTag;
  message: ChatMessage;
  edits: number;
  isDeleted: boolean;
}

/** A chat that behaves like Slack where it matters: not idempotent, found by metadata only, refuses what is too large. */
export interface FakeChat extends Chat {
  readonly messages: FakeMessage[];
  /** Channels that Slack does not know. */
  readonly unknownChannels: Set<string>;
  /** Messages that stand in the channel itself, of this or of all channels. */
  posts(channel?: string): readonly FakeMessage[];
  replies(): readonly FakeMessage[];
  broadcasts(): readonly FakeMessage[];
}

export function createFakeChat(): FakeChat {
  const messages: FakeMessage[] = [];
  const unknownChannels = new Set<string>();
  let sent = 0;

  function put(channel: string, message: ChatMessage, tag: MessageTag, parent?: PostedMessage, isBroadcast = false) {
    if (unknownChannels.has(channel)) {
      throw new ChatError('chat.postMessage', 'channel_not_found', { retry: 'give-up' });
    }
    refuseInvalid('chat.postMessage', message);
    const channelId = channel.replace(/^#/, 'C0NAMED-');
    if (parent !== undefined && !messages.some(({ ts, isDeleted }) => ts === parent.ts && !isDeleted)) {
      throw new ChatError('chat.postMessage', 'thread_not_found', { retry: 'give-up' });
    }
    sent += 1;
    const ts = `1800000000.${String(sent).padStart(6, '0')}`;
    messages.push({
      channel: channelId,
      ts,
      threadTs: parent?.ts,
      isBroadcast,
      tag,
      message,
      edits: 0,
      isDeleted: false,
    });
    return { channelId, ts };
  }

  return {
    messages,
    unknownChannels,
    posts: (channel) =>
      messages.filter((one) => one.threadTs === undefined && (channel === undefined || one.channel === channel)),
    replies: () => messages.filter(({ threadTs }) => threadTs !== undefined),
    broadcasts: () => messages.filter(({ isBroadcast }) => isBroadcast),
    async post(channel, message, tag) {
      return put(channel, message, tag);
    },
    async reply(parent, message, tag, options) {
      return put(parent.channelId, message, tag, parent, options?.broadcast === true);
    },
    async update(posted, message) {
      refuseInvalid('chat.update', message);
      const found = messages.find(({ ts }) => ts === posted.ts);
      if (found === undefined || found.isDeleted) return 'gone';
      found.message = message;
      found.edits += 1;
      return 'done';
    },
    async findByTag(channel, tag, parent) {
      if (unknownChannels.has(channel)) {
        throw new ChatError('conversations.history', 'channel_not_found', { retry: 'give-up' });
      }
      const found = messages.find(
        (one) =>
          !one.isDeleted &&
          one.tag.kind === tag.kind &&
          one.tag.id === tag.id &&
          one.channel === channel.replace(/^#/, 'C0NAMED-') &&
          (parent === undefined ? one.threadTs === undefined : one.threadTs === parent.ts),
      );
      return found === undefined ? undefined : { channelId: found.channel, ts: found.ts };
    },
  };
}

function refuseInvalid(method: string, message: ChatMessage): void {
  const problems = findLimitProblems(message);
  if (problems.length > 0) throw new ChatError(method, `invalid: ${problems.join('; ')}`, { retry: 'give-up' });
}

/** A fault of one call: `before` = nothing happened, `after` = it happened and the answer was lost, `hang` = no answer. */
export type Fault = 'throw-before' | 'throw-after' | 'hang-before' | 'hang-after';

export class CrashError extends Error {}

/**
 * The same port, whose call number `at` (counted from 1 over all ports that share the counter) fails in this way.
 * `counter.calls` tells how many calls there were.
 */
export function faulty<Port extends object>(
  port: Port,
  counter: { calls: number; readonly at: number; readonly fault: Fault },
): Port {
  return new Proxy(port, {
    get(target, property, receiver) {
      const member: unknown = Reflect.get(target, property, receiver);
      if (typeof member !== 'function') return member;
      return async (...given: readonly unknown[]) => {
        counter.calls += 1;
        if (counter.calls !== counter.at) return Reflect.apply(member, target, given);
        if (counter.fault.endsWith('after')) await Reflect.apply(member, target, given);
        if (counter.fault.startsWith('hang')) return new Promise(() => {});
        throw new CrashError(`${String(property)} ${counter.fault}`);
      };
    },
  });
}
