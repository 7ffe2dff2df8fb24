import { randomBytes } from 'node:crypto';
import { isTrue } from './answer.ts';
import type { Json } from './elements.ts';
import { contentOf } from './methods.ts';
import type { Workspace } from './workspace.ts';

/** docs.slack.dev/interactivity/handling-user-interaction: five uses within half an hour. */
const USES = 5;
const LIFE_MS = 30 * 60_000;

export interface ResponseUrls {
  /** @returns the path below the server's root */
  issue(channel: string, ts: string, user: string): string;
  /** Answers a POST to such a path. @returns HTTP status and text */
  use(path: string, body: Json): { readonly status: number; readonly text: string };
}

/** Addresses by which an app answers a click: seen by the one who clicked, unless it says `in_channel`. */
export function createResponseUrls(workspace: Workspace): ResponseUrls {
  const known = new Map<
    string,
    { readonly channel: string; readonly ts: string; readonly user: string; readonly at: number; left: number }
  >();
  return {
    issue(channel, ts, user) {
      const path = `/actions/${workspace.team.id}/${randomBytes(12).toString('hex')}`;
      known.set(path, { channel, ts, user, at: performance.now(), left: USES });
      return path;
    },
    use(path, body) {
      const url = known.get(path);
      if (url === undefined || performance.now() - url.at > LIFE_MS) return { status: 404, text: 'expired_url' };
      if (url.left === 0) return { status: 404, text: 'used_url' };
      url.left -= 1;
      const message = workspace.findMessage(url.channel, url.ts);
      if (isTrue(body['delete_original'])) {
        workspace.remove(url.channel, url.ts);
        return { status: 200, text: 'ok' };
      }
      const content = contentOf(body);
      if ('error' in content) return { status: 400, text: content.error };
      const { text, blocks } = content;
      const { bot } = workspace;
      if (isTrue(body['replace_original']) && message) {
        workspace.put({ ...message, text, blocks, edited: { user: bot.userId, ts: workspace.nextTs() } });
      } else if (body['response_type'] === 'in_channel') {
        const { userId: user, botId: bot_id } = bot;
        workspace.put({ type: 'message', ts: workspace.nextTs(), channel: url.channel, user, bot_id, text, blocks });
      } else {
        const { channel, user } = url;
        workspace.putEphemeral({ ts: workspace.nextTs(), channel, user, text, blocks, thread_ts: message?.thread_ts });
      }
      return { status: 200, text: 'ok' };
    },
  };
}
