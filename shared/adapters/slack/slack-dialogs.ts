import { ChatError } from '../../domain/errors.ts';
import type { Instant } from '../../domain/instant.ts';
import { isRecord } from '../../domain/is-record.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Dialogs, SlackUser } from '../../ports/dialogs.ts';
import { createSlackCall, type SlackCallOptions } from './slack-call.ts';
import { toSlackView } from './to-slack-view.ts';

/** Who somebody is, and who is in a group, changes rarely; somebody who was removed may press for so long. */
const CACHE_MS = 5 * 60_000;
/** A process that lives for months must not remember everybody who ever pressed. */
const CACHE_ENTRIES = 1_000;

export interface SlackDialogsOptions extends SlackCallOptions {
  readonly clock: Clock;
}

/** Dialogs and people, on Slack's Web API. Each call is tried once: a trigger works once, and somebody waits. */
export function createSlackDialogs(options: SlackDialogsOptions): Dialogs {
  const call = createSlackCall(options);
  const users = createCache<SlackUser>(options.clock);
  const groups = createCache<readonly string[]>(options.clock);
  const teams = createCache<string>(options.clock);

  return {
    async open(triggerId, view) {
      const answer = await call('views.open', { trigger_id: triggerId, view: toSlackView(view) });
      const id = recordOf(answer['view'])['id'];
      if (typeof id !== 'string') throw new ChatError('views.open', 'answer_without_view', { retry: 'give-up' });
      return { viewId: id };
    },

    async update(viewId, view) {
      try {
        await call('views.update', { view_id: viewId, view: toSlackView(view) });
        return 'done';
      } catch (error) {
        if (error instanceof ChatError && error.reason === 'not_found') return 'gone';
        throw error;
      }
    },

    async tell({ channelId, userId, thread }, text) {
      await call('chat.postEphemeral', {
        channel: channelId,
        user: userId,
        ...(thread === undefined ? {} : { thread_ts: thread }),
        text,
        mrkdwn: false,
        parse: 'none',
        link_names: false,
      });
    },

    user: (userId) => users.get(userId, async () => readUser(await call('users.info', { user: userId }))),

    groupMembers: (groupId) =>
      groups.get(groupId, async () => {
        const { users: members } = await call('usergroups.users.list', { usergroup: groupId });
        return Array.isArray(members) ? members.filter((id): id is string => typeof id === 'string') : [];
      }),

    ownTeam: () =>
      teams.get('own', async () => {
        const { team_id: team } = await call('auth.test', {});
        if (typeof team !== 'string') throw new ChatError('auth.test', 'answer_without_team', { retry: 'retry' });
        return team;
      }),
  };
}

/** What Slack does not say of somebody counts against them: they may do nothing. */
function readUser(answer: Readonly<Record<string, unknown>>): SlackUser {
  const user = recordOf(answer['user']);
  const { team_id: teamId, real_name: realName, name } = user;
  if (typeof teamId !== 'string') throw new ChatError('users.info', 'answer_without_team', { retry: 'give-up' });
  const profile = recordOf(user['profile']);
  const shown = [profile['display_name'], realName, name].find((text) => typeof text === 'string' && text !== '');
  const { enterprise_id: enterpriseId } = recordOf(user['enterprise_user']);
  return {
    teamId,
    ...(typeof enterpriseId === 'string' ? { enterpriseId } : {}),
    name: typeof shown === 'string' ? shown.slice(0, 80) : 'somebody',
    isGuest: user['is_restricted'] === true || user['is_ultra_restricted'] === true,
    isStranger: user['is_stranger'] === true || user['is_bot'] === true || user['deleted'] === true,
  };
}

interface Cache<Value> {
  /** A failure is not kept. */
  get(key: string, read: () => Promise<Value>): Promise<Value>;
}

function createCache<Value>(clock: Clock): Cache<Value> {
  const known = new Map<string, { readonly at: Instant; readonly value: Promise<Value> }>();
  return {
    get(key, read) {
      const now = clock.now();
      const found = known.get(key);
      if (found !== undefined && now - found.at < CACHE_MS && now >= found.at) return found.value;
      const value = read();
      known.delete(key);
      known.set(key, { at: now, value });
      value.catch(() => {
        if (known.get(key)?.value === value) known.delete(key);
      });
      const [oldest] = known.keys();
      if (known.size > CACHE_ENTRIES && oldest !== undefined) known.delete(oldest);
      return value;
    },
  };
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}
