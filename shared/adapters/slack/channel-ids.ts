import { ChatError } from '../../domain/errors.ts';

/** One Web API call; throws {ChatError}. */
export type SlackCall = (
  method: string,
  options: Record<string, unknown>,
) => Promise<Readonly<Record<string, unknown>>>;

const PAGE_SIZE = 1_000;
/** 20,000 channels: a workspace with more must configure ids. */
const MAX_PAGES = 20;
const CHANNEL_ID = /^[CGD][A-Z0-9]{6,}$/;

/** Channel names ─▶ ids: chat.postMessage takes both, the history only ids. Learnt ids are kept per process. */
export interface ChannelIds {
  learn(channel: string, id: string): void;
  /** @throws {ChatError} `channel_not_found` when no such channel is visible to the bot */
  resolve(channel: string): Promise<string>;
}

export function createChannelIds(call: SlackCall): ChannelIds {
  const known = new Map<string, string>();
  return {
    learn(channel, id) {
      known.set(bare(channel), id);
    },
    async resolve(channel) {
      if (CHANNEL_ID.test(channel)) return channel;
      const id = known.get(bare(channel)) ?? (await lookUp(call, bare(channel), known));
      if (id === undefined) throw new ChatError('conversations.list', 'channel_not_found', { retry: 'give-up' });
      return id;
    },
  };
}

async function lookUp(call: SlackCall, name: string, known: Map<string, string>): Promise<string | undefined> {
  let cursor = '';
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const answer = await call('conversations.list', {
      types: 'public_channel,private_channel',
      exclude_archived: true,
      limit: PAGE_SIZE,
      ...(cursor === '' ? {} : { cursor }),
    });
    for (const channel of listOf(answer['channels'])) {
      if (typeof channel['name'] === 'string' && typeof channel['id'] === 'string') {
        known.set(channel['name'], channel['id']);
      }
    }
    const found = known.get(name);
    cursor = nextCursor(answer);
    if (found !== undefined || cursor === '') return found;
  }
  return undefined;
}

/** Entries of an answer's list; anything else counts as none. */
export function listOf(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  if (!Array.isArray(value)) return [];
  return value.filter((entry): entry is Record<string, unknown> => typeof entry === 'object' && entry !== null);
}

/** '' = the last page. */
export function nextCursor(answer: Readonly<Record<string, unknown>>): string {
  const metadata = answer['response_metadata'];
  const cursor =
    typeof metadata === 'object' && metadata !== null && 'next_cursor' in metadata ? metadata.next_cursor : '';
  return typeof cursor === 'string' ? cursor : '';
}

function bare(channel: string): string {
  return channel.replace(/^#/, '');
}
