import type { Chat } from '../../../shared/ports/chat.ts';

/**
 * The same chat, which also tells each first line as it comes or changes: what a terminal shows of the product.
 * @param say gets the channel as routed, and the line
 */
export function announceFirstLines(chat: Chat, say: (channel: string, text: string) => void): Chat {
  const posts = new Map<string, { readonly channel: string; text: string }>();
  return {
    ...chat,
    async post(channel, message, tag) {
      const posted = await chat.post(channel, message, tag);
      posts.set(`${posted.channelId} ${posted.ts}`, { channel, text: message.text });
      say(channel, message.text);
      return posted;
    },
    async reply(parent, message, tag, options) {
      const posted = await chat.reply(parent, message, tag, options);
      if (options?.broadcast === true) say(posts.get(`${parent.channelId} ${parent.ts}`)?.channel ?? '', message.text);
      return posted;
    },
    async update(posted, message) {
      const known = posts.get(`${posted.channelId} ${posted.ts}`);
      const result = await chat.update(posted, message);
      // Details in the thread are edited too: they were not posted by `post`, and are not told.
      if (result === 'done' && known !== undefined && known.text !== message.text) {
        known.text = message.text;
        say(known.channel, message.text);
      }
      return result;
    },
  };
}
