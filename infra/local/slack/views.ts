import { randomBytes } from 'node:crypto';
import { type Answer, type Arguments, type Method, refuse } from './answer.ts';
import { checkView } from './check-view.ts';
import { type Json, withIds } from './elements.ts';
import { stateOf } from './view-state.ts';
import type { SlackView, Workspace } from './workspace.ts';

/** The `views.*` methods: a dialog is opened with a click's trigger and updated by id. */
export const viewMethods: Readonly<Record<string, Method>> = {
  'views.open': (args, workspace) => {
    const view = viewOf(args);
    if ('ok' in view) return view as Answer;
    const { trigger_id: triggerId } = args as { trigger_id?: unknown };
    if (typeof triggerId !== 'string' || triggerId === '') return refuse('invalid_arguments');
    const trigger = workspace.useTrigger(triggerId);
    if ('error' in trigger) return refuse(trigger.error);
    const id = `V${randomBytes(5).toString('hex').toUpperCase()}`;
    return { ok: true, view: shownView(saveView({ id, user: trigger.user, values: {} }, view, workspace), workspace) };
  },
  'views.update': (args, workspace) => {
    const known = workspace.views().find((one) => one.id === args['view_id']);
    // A dialog that was closed is not found any more.
    if (!known) return refuse('not_found');
    const view = viewOf(args);
    if ('ok' in view) return view as Answer;
    if (args['hash'] !== undefined && args['hash'] !== known.hash) return refuse('hash_conflict');
    return { ok: true, view: shownView(saveView(known, view, workspace), workspace) };
  },
};

/** A view that Slack would take, else its refusal. */
function viewOf(args: Arguments): Json | Answer {
  const { view } = args as { view?: unknown };
  const { error, messages } = checkView(view);
  return error === undefined ? (view as Json) : refuse(error, messages);
}

/** Puts it on the screen of whoever opened it; inputs that stay keep what was typed. */
export function saveView(
  known: Pick<SlackView, 'id' | 'user' | 'values'>,
  view: Json,
  workspace: Workspace,
): SlackView {
  const blocks = withIds(view['blocks'] as readonly Json[]);
  const { id, user } = known;
  const hash = `${Math.floor(Date.now() / 1_000)}.${randomBytes(4).toString('hex')}`;
  const stored: SlackView = { id, user, hash, view: { ...view, blocks }, values: stateOf(blocks, known.values) };
  workspace.putView(stored);
  return stored;
}

/** As Slack shows it in answers and payloads. */
export function shownView({ id, hash, view, values }: SlackView, { team, bot }: Workspace): Json {
  return {
    id,
    team_id: team.id,
    private_metadata: '',
    callback_id: '',
    close: null,
    submit: null,
    clear_on_close: false,
    notify_on_close: false,
    external_id: '',
    ...view,
    state: { values },
    hash,
    previous_view_id: null,
    root_view_id: id,
    app_id: bot.appId,
    app_installed_team_id: team.id,
    bot_id: bot.botId,
  };
}
