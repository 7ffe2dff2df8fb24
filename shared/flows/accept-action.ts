import { renderTold } from '../chat/slack/render-dialog.ts';
import { confirmRemedy } from './actions/confirm-remedy.ts';
import { type ActionAnswer, type ActionDeps, NOTHING } from './actions/deps.ts';
import { askWhatElse, recordNotIt } from './actions/not-it.ts';
import { type Action, parseAction } from './actions/parse-action.ts';
import { chooseAgain, pressOffer } from './actions/press-offer.ts';
import { showGitFix } from './actions/show-git-fix.ts';
import { giveBackIncident, muteIncident, takeIncident } from './actions/take-or-mute.ts';
import { tellQuietly } from './actions/tell.ts';

export type { ActionAnswer, ActionDeps } from './actions/deps.ts';

const UNKNOWN = 'This is not known here any more. Nothing was done.';

/**
 * One click or submitted dialog, whose signature was checked: does what it asks for, or says why not. Nothing happens
 * twice, however often it is delivered. All of it is done when this returns, within Slack's 3 s.
 * @param payload as Slack sent it
 */
export async function acceptAction(payload: unknown, deps: ActionDeps): Promise<ActionAnswer> {
  const action = parseAction(payload);
  if (action === undefined) {
    deps.log.warn('an action that nothing handles');
    return NOTHING;
  }
  deps.metrics.count('ActionsReceived', 1, { kind: action.kind });
  return accept(action, deps);
}

async function accept(action: Action, deps: ActionDeps): Promise<ActionAnswer> {
  const { press } = action;
  switch (action.kind) {
    case 'confirm':
      return confirmRemedy(action, deps);
    case 'words':
      return recordNotIt(press, action.incidentId, action.words, deps);
    case 'offer':
      await pressOffer(press, action.offerId, deps);
      return NOTHING;
    case 'choice':
      await chooseAgain(press, action, deps);
      return NOTHING;
    case 'take':
      await takeIncident(press, action.incidentId, deps);
      return NOTHING;
    case 'give-back':
      await giveBackIncident(press, action.incidentId, deps);
      return NOTHING;
    case 'mute':
      await muteIncident(press, action.incidentId, deps);
      return NOTHING;
    case 'not-it':
      await askWhatElse(press, action.incidentId, deps);
      return NOTHING;
    case 'git-fix':
      await showGitFix(press, action.incidentId, deps);
      return NOTHING;
    case 'unknown':
      deps.log.warn('an action that is not known', { from: action.from, what: action.what });
      if (action.from === 'dialog') return { kind: 'show', view: renderTold(UNKNOWN) };
      await tellQuietly(press, UNKNOWN, deps);
      return NOTHING;
  }
}
