import { type Answer, type Arguments, type Method, refuse } from './answer.ts';
import { findPerson, USER_GROUPS } from './people.ts';
import type { Workspace } from './workspace.ts';

/** Who somebody is, and who belongs to a user group. */
export const peopleMethods: Readonly<Record<string, Method>> = {
  'users.info': usersInfo,
  'usergroups.users.list': groupMembers,
};

function usersInfo(args: Arguments, { team, bot }: Workspace): Answer {
  const { user } = args as { user?: unknown };
  const person = typeof user === 'string' && user !== bot.userId ? findPerson(user) : undefined;
  if (person === undefined && user !== bot.userId) return refuse('user_not_found');
  const name = person?.name ?? bot.name;
  const realName = person?.realName ?? bot.name;
  return {
    ok: true,
    user: {
      id: user,
      team_id: person?.teamId ?? team.id,
      name,
      real_name: realName,
      profile: { real_name: realName, display_name: name, team: person?.teamId ?? team.id },
      tz: 'Europe/Berlin',
      deleted: false,
      is_bot: person === undefined,
      is_admin: false,
      is_owner: false,
      is_restricted: person !== undefined && person.membership !== 'full',
      is_ultra_restricted: person?.membership === 'single',
    },
  };
}

function groupMembers(args: Arguments): Answer {
  const group = USER_GROUPS.find(({ id }) => id === args['usergroup']);
  return group ? { ok: true, users: group.members } : refuse('no_such_subteam');
}
