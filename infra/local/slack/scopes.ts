import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { SlackChannel } from './workspace.ts';

/** Scopes of methods that need the same one whatever they are about (docs.slack.dev/reference/methods). */
const FIXED: Readonly<Record<string, string>> = {
  'chat.postMessage': 'chat:write',
  'chat.postEphemeral': 'chat:write',
  'chat.update': 'chat:write',
  'chat.delete': 'chat:write',
  'reactions.add': 'reactions:write',
  'users.info': 'users:read',
  'usergroups.users.list': 'usergroups:read',
};

/** Methods about a channel need the right of its kind: `channels:`, `groups:` or `im:`. */
const BY_KIND: Readonly<Record<string, 'read' | 'history' | 'write' | 'join'>> = {
  'conversations.info': 'read',
  'conversations.history': 'history',
  'conversations.replies': 'history',
  'conversations.join': 'join',
};

const TYPES: Readonly<Record<string, string>> = {
  public_channel: 'channels:read',
  private_channel: 'groups:read',
  im: 'im:read',
  mpim: 'mpim:read',
};

/**
 * What a call needs.
 * @param channel that it is about; one that is not there is looked for with the right of a public one
 */
export function neededScopes(method: string, types: unknown, channel: SlackChannel | undefined): readonly string[] {
  const fixed = FIXED[method];
  if (fixed !== undefined) return [fixed];
  if (method === 'conversations.open') return ['im:write'];
  if (method === 'conversations.list') {
    const asked = typeof types === 'string' && types !== '' ? types.split(',') : ['public_channel'];
    return asked.flatMap((type) => TYPES[type.trim()] ?? []);
  }
  const right = BY_KIND[method];
  return right === undefined ? [] : [`${kindOf(channel)}:${right}`];
}

function kindOf(channel: SlackChannel | undefined): string {
  if (channel?.isDirect === true) return 'im';
  return channel?.isPrivate === true ? 'groups' : 'channels';
}

/** The bot scopes of the app as it is shipped. */
export function manifestScopes(): readonly string[] {
  const text = readFileSync(new URL('../../slack/manifest.yaml', import.meta.url), 'utf8');
  const manifest = parse(text) as { readonly oauth_config: { readonly scopes: { readonly bot: readonly string[] } } };
  return manifest.oauth_config.scopes.bot;
}
