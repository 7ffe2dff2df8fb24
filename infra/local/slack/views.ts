import { randomBytes } from 'node:crypto';
import { type Answer, type Arguments, type Method, refuse } from './answer.ts';
import { checkBlocks } from './check-blocks.ts';
import { SLACK_LIMITS } from './limits.ts';
import type { SlackView, Workspace } from './workspace.ts';

/** The `views.*` methods: a dialog is opened with a click's trigger and updated by id. */
export const viewMethods: Readonly<Record<string, Method>> = {
  'views.open': (args, workspace) => {
    const view = viewOf(args);
    if ('ok' in view) return view as Answer;
    const trigger = workspace.useTrigger(String(args['trigger_id'] ?? ''));
    if (trigger !== 'ok') return refuse(trigger);
    return save(`V${randomBytes(5).toString('hex').toUpperCase()}`, view, workspace);
  },
  'views.update': (args, workspace) => {
    const known = workspace.views().find((one) => one.id === args['view_id']);
    if (!known) return refuse('not_found');
    const view = viewOf(args);
    if ('ok' in view) return view as Answer;
    if (args['hash'] !== undefined && args['hash'] !== known.hash) return refuse('hash_conflict');
    return save(known.id, view, workspace);
  },
};

function viewOf(args: Arguments): SlackView['view'] | Answer {
  const { view } = args as { view?: unknown };
  if (typeof view !== 'object' || view === null) return refuse('invalid_arguments');
  const { type, title, blocks } = view as { type?: unknown; title?: { text?: unknown }; blocks?: unknown };
  if (type !== 'modal') return refuse('invalid_arguments', ['[ERROR] unsupported view type [json-pointer:/view/type]']);
  if (typeof title?.text !== 'string' || title.text.length > SLACK_LIMITS.viewTitleCharacters)
    return refuse('invalid_arguments', ['[ERROR] title must be 1 to 24 characters [json-pointer:/view/title]']);
  const problems = checkBlocks(blocks, SLACK_LIMITS.blocksInView);
  return problems.length > 0 ? refuse('invalid_arguments', problems) : { ...(view as SlackView['view']) };
}

function save(id: string, view: SlackView['view'], workspace: Workspace): Answer {
  const stored: SlackView = { id, hash: `${Date.now()}.${randomBytes(4).toString('hex')}`, view };
  workspace.putView(stored);
  return {
    ok: true,
    view: { ...view, id, hash: stored.hash, team_id: workspace.team.id, app_id: workspace.bot.appId, root_view_id: id },
  };
}
