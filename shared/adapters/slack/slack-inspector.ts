import { ChatError } from '../../domain/errors.ts';
import { isRecord } from '../../domain/is-record.ts';
import type { SlackInspector } from '../../ports/inspection.ts';
import { createChannelIds } from './channel-ids.ts';
import { createSlackCall, type SlackCallOptions } from './slack-call.ts';

/** What Slack says of the app, by the calls that the app itself makes. */
export function createSlackInspector(options: SlackCallOptions): SlackInspector {
  const call = createSlackCall(options);
  const channelIds = createChannelIds(call);

  return {
    async auth() {
      const answer = await call('auth.test', {});
      const { team_id: teamId, team, user } = answer;
      if (typeof teamId !== 'string') throw new ChatError('auth.test', 'answer_without_team', { retry: 'retry' });
      // The client puts the header X-OAuth-Scopes there.
      const metadata = isRecord(answer['response_metadata']) ? answer['response_metadata'] : {};
      const scopes = Array.isArray(metadata['scopes']) ? metadata['scopes'].map(String) : [];
      return { teamId, team: String(team), bot: String(user), scopes };
    },

    async channel(channel) {
      const answer = await call('conversations.info', { channel: await channelIds.resolve(channel) });
      const found = isRecord(answer['channel']) ? answer['channel'] : {};
      const { id, name, is_member: isMember, is_archived: isArchived, is_im: isDirect } = found;
      return {
        id: String(id),
        name: typeof name === 'string' ? name : String(id),
        isMember: isMember === true || isDirect === true,
        isArchived: isArchived === true,
      };
    },

    async socket(token) {
      const { apiUrl } = await options.access();
      await createSlackCall({ ...options, access: async () => ({ token, apiUrl }) })('apps.connections.open', {});
    },
  };
}
