import { PEOPLE, USER_GROUPS } from '../slack/people.ts';
import { shownView } from '../slack/views.ts';
import type { Workspace } from '../slack/workspace.ts';

/** At most so many messages of a channel go to the page, newest kept. */
const MOST_MESSAGES = 300;

/** What the page draws while a real Slack has the messages. */
export const NO_WORKSPACE = { channels: [], messages: [], people: [], groups: [], dialogs: [], ephemerals: [] };

/** The embedded Slack's state as the page draws it: messages by time, replies among them, and what one person sees alone. */
export function viewWorkspace(workspace: Workspace) {
  const channels = workspace.channels();
  const messages = channels.flatMap(({ id }) => workspace.messages(id).slice(-MOST_MESSAGES));
  return {
    channels: channels.map(({ id, name }) => ({ id, name })),
    people: PEOPLE.map(({ id, name, realName }) => ({ id, name, realName })),
    groups: USER_GROUPS.map(({ id, handle }) => ({ id, name: handle })),
    messages: messages
      .map(({ channel, ts, user, bot_id, text, blocks, thread_ts, isBroadcast, edited, reactions }) => ({
        channel,
        ts,
        user,
        isBot: bot_id === workspace.bot.botId,
        text,
        blocks,
        thread_ts,
        isBroadcast,
        edited: edited && { ts: edited.ts },
        reactions,
      }))
      .sort((a, b) => Number(a.ts) - Number(b.ts)),
    dialogs: workspace.views().map((view) => ({ user: view.user, view: shownView(view, workspace) })),
    ephemerals: workspace.ephemerals(),
  };
}
