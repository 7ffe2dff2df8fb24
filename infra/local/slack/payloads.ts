import { drawn } from './answer.ts';
import { elementsOf, type Json, type PlacedElement } from './elements.ts';
import { FOREIGN_TEAM, findPerson, HOME_TEAM, type SlackPerson } from './people.ts';
import { shownView } from './views.ts';
import type { SlackMessage, SlackView, Workspace } from './workspace.ts';

/** Slack's old verification token: sent to this day, checked by nobody any more. */
const VERIFICATION_TOKEN = 'local-verification-token';

/** What every payload says of who did it. Of somebody in a shared channel the team is theirs, not ours. */
function envelope(person: SlackPerson, workspace: Workspace): Json {
  const { id, name, teamId } = person;
  const team = [HOME_TEAM, FOREIGN_TEAM].find((one) => one.id === teamId) ?? HOME_TEAM;
  return {
    team: { id: team.id, domain: team.name },
    enterprise: null,
    is_enterprise_install: false,
    user: { id, username: name, name, team_id: teamId },
    api_app_id: workspace.bot.appId,
    token: VERIFICATION_TOKEN,
    trigger_id: workspace.issueTrigger(id),
  };
}

/** One action of a payload: the element as it stands there, with what was chosen. */
function actionOf({ blockId, element }: PlacedElement, option: Json | undefined): Json {
  const { type, action_id, text, value, style, placeholder, initial_option } = element;
  const micros = String(Date.now() * 1_000);
  const chosen = type === 'button' ? { text, value, style } : { selected_option: option, placeholder, initial_option };
  return { type, action_id, block_id: blockId, ...chosen, action_ts: `${micros.slice(0, -6)}.${micros.slice(-6)}` };
}

/** A click on an element of a message: docs.slack.dev/reference/interaction-payloads/block_actions-payload. */
export function messageActions(
  who: SlackPerson,
  message: SlackMessage,
  pressed: { readonly placed: PlacedElement; readonly option?: Json | undefined },
  more: { readonly workspace: Workspace; readonly responseUrl: string },
): Json {
  const { workspace, responseUrl } = more;
  const { ts, channel, thread_ts: threadTs } = message;
  return {
    type: 'block_actions',
    ...envelope(who, workspace),
    container: {
      type: 'message',
      message_ts: ts,
      channel_id: channel,
      is_ephemeral: false,
      ...(threadTs === undefined ? {} : { thread_ts: threadTs }),
    },
    channel: { id: channel, name: workspace.findChannel(channel)?.name },
    message: drawn(message, workspace, true),
    state: { values: {} },
    response_url: responseUrl,
    actions: [actionOf(pressed.placed, pressed.option)],
  };
}

/** Something was chosen in a dialog, whose inputs hold that already. */
export function viewActions(
  who: SlackPerson,
  view: SlackView,
  pressed: { readonly placed: PlacedElement; readonly option?: Json | undefined },
  workspace: Workspace,
): Json {
  return {
    type: 'block_actions',
    ...envelope(who, workspace),
    container: { type: 'view', view_id: view.id },
    view: shownView(view, workspace),
    actions: [actionOf(pressed.placed, pressed.option)],
  };
}

/** docs.slack.dev/reference/interaction-payloads/view-interactions-payload. */
export function viewSubmission(who: SlackPerson, view: SlackView, workspace: Workspace): Json {
  return {
    type: 'view_submission',
    ...envelope(who, workspace),
    view: shownView(view, workspace),
    response_urls: [],
  };
}

/** Sent only where the view asked for it with `notify_on_close`. */
export function viewClosed(who: SlackPerson, view: SlackView, workspace: Workspace): Json {
  const { trigger_id: _, ...rest } = envelope(who, workspace);
  return { type: 'view_closed', ...rest, view: shownView(view, workspace), is_cleared: false };
}

/** @throws {TypeError} for an id that is nobody's */
export function personOf(id: string): SlackPerson {
  const person = findPerson(id);
  if (person === undefined) throw new TypeError(`nobody here has the id ${id}`);
  return person;
}

/** An element by its action_id (and, for an option, its value). */
export function findPlaced(
  blocks: readonly Json[],
  actionId: string,
  value?: string | undefined,
): { readonly placed: PlacedElement; readonly option: Json | undefined } | undefined {
  for (const placed of elementsOf(blocks)) {
    if (placed.element['action_id'] !== actionId) continue;
    const { options } = placed.element as { readonly options?: readonly Json[] };
    const option = options?.find((one) => one['value'] === value);
    if (options === undefined || option !== undefined) return { placed, option };
  }
  return undefined;
}
