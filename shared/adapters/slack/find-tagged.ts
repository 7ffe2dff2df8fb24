import type { MessageTag, PostedMessage } from '../../ports/chat.ts';
import { listOf, nextCursor, type SlackCall } from './channel-ids.ts';

const PAGE_SIZE = 200;
/**
 * The newest 1,000 messages of a channel, or the first 2,000 of a thread. What is looked for was sent seconds to minutes
 * ago: not being among them counts as not being there, since a second message is a smaller harm than none.
 */
const MAX_PAGES = { channel: 5, thread: 10 } as const;

/** The message that carries this tag in its metadata. A deleted one counts as not there. */
export async function findTagged(
  call: SlackCall,
  channelId: string,
  tag: MessageTag,
  threadTs: string | undefined,
): Promise<PostedMessage | undefined> {
  const method = threadTs === undefined ? 'conversations.history' : 'conversations.replies';
  const pages = threadTs === undefined ? MAX_PAGES.channel : MAX_PAGES.thread;
  let cursor = '';
  for (let page = 0; page < pages; page += 1) {
    const answer = await call(method, {
      channel: channelId,
      ...(threadTs === undefined ? {} : { ts: threadTs }),
      include_all_metadata: true,
      limit: PAGE_SIZE,
      ...(cursor === '' ? {} : { cursor }),
    });
    const found = listOf(answer['messages']).find((message) => hasTag(message['metadata'], tag));
    if (typeof found?.['ts'] === 'string') return { channelId, ts: found['ts'] };
    cursor = nextCursor(answer);
    if (cursor === '') return undefined;
  }
  return undefined;
}

function hasTag(metadata: unknown, tag: MessageTag): boolean {
  if (typeof metadata !== 'object' || metadata === null) return false;
  const { event_type: type, event_payload: payload } = metadata as {
    readonly event_type?: unknown;
    readonly event_payload?: unknown;
  };
  return (
    type === tag.kind && typeof payload === 'object' && payload !== null && 'id' in payload && payload.id === tag.id
  );
}
