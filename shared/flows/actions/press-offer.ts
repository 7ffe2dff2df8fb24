import { renderChecking, renderDenied, renderTold } from '../../chat/slack/render-dialog.ts';
import { ChatError, PullmedicError } from '../../domain/errors.ts';
import type { Actor } from '../../domain/remedy/actor.ts';
import type { DialogView } from '../../ports/dialogs.ts';
import { authorise } from './authorise.ts';
import type { ActionDeps } from './deps.ts';
import { identify } from './identify.ts';
import { judgeOffer } from './judge-offer.ts';
import type { Press } from './parse-action.ts';
import { readGroups } from './read-groups.ts';
import { tellQuietly } from './tell.ts';

/**
 * A button of a remedy was pressed. The dialog opens at once, since the trigger lives 3 s; beside that everything is read
 * that a judgement needs. A worker then makes the plan and shows it in the dialog; nothing is changed by a press.
 */
export async function pressOffer(press: Press, offerId: string, deps: ActionDeps): Promise<void> {
  const [opened, judged] = await Promise.all([open(press, offerId, deps), judge(press, offerId, deps)]);
  // The same click delivered twice has its dialog already: a second plan would be a second answer.
  if (opened.kind === 'replay') return;
  if (opened.kind === 'failed') {
    await tellQuietly(press, 'Slack did not open the dialog in time. Nothing was changed: press again.', deps);
    return;
  }
  if (judged.kind === 'say') {
    await show(opened.viewId, judged.view, press, deps);
    return;
  }
  await requestPlan({ press, offerId, viewId: opened.viewId, choice: undefined, actor: judged.actor }, deps);
}

/** Another choice was made in the dialog: the plan is made anew, and the person judged anew. */
export async function chooseAgain(
  press: Press,
  { offerId, viewId, choice }: { readonly offerId: string; readonly viewId: string; readonly choice: string },
  deps: ActionDeps,
): Promise<void> {
  const judged = await judge(press, offerId, deps);
  if (judged.kind === 'say') {
    await show(viewId, judged.view, press, deps);
    return;
  }
  await requestPlan({ press, offerId, viewId, choice, actor: judged.actor }, deps);
}

type Opened =
  | { readonly kind: 'opened'; readonly viewId: string }
  | { readonly kind: 'replay' }
  | { readonly kind: 'failed' };

async function open(press: Press, offerId: string, { dialogs, log }: ActionDeps): Promise<Opened> {
  if (press.triggerId === undefined) return { kind: 'failed' };
  try {
    const state = { offerId, ...(press.channelId === undefined ? {} : { channelId: press.channelId }) };
    const { viewId } = await dialogs.open(press.triggerId, renderChecking(state));
    return { kind: 'opened', viewId };
  } catch (error) {
    if (!(error instanceof PullmedicError)) throw error;
    log.warn('a dialog did not open', { offerId, error });
    const isUsed = error instanceof ChatError && error.reason === 'exchanged_trigger_id';
    return isUsed ? { kind: 'replay' } : { kind: 'failed' };
  }
}

type Judged = { readonly kind: 'plan'; readonly actor: Actor } | { readonly kind: 'say'; readonly view: DialogView };

async function judge(press: Press, offerId: string, deps: ActionDeps): Promise<Judged> {
  const say = (view: DialogView): Judged => ({ kind: 'say', view });
  try {
    const [identity, groups, { offer, loaded }] = await Promise.all([
      identify(press, deps),
      readGroups(press.userId, deps),
      readOffer(offerId, deps),
    ]);
    if (identity.kind === 'refused') return say(renderTold(identity.why, 'Not allowed'));
    const judgement = judgeOffer(offer, loaded, deps.clock.now());
    if (judgement.kind === 'closed') return say(renderTold(judgement.why));
    const by = { identity, channelId: press.channelId, groups };
    const verdict = authorise(judgement.offer, judgement.loaded, by, {}, deps);
    if (verdict.kind === 'denied') {
      deps.metrics.count('ActionsDenied');
      return say(renderDenied(verdict));
    }
    return { kind: 'plan', actor: identity.actor };
  } catch (error) {
    if (!(error instanceof PullmedicError)) throw error;
    deps.log.error('a click could not be judged', { offerId, error });
    return say(
      renderTold('pullmedic could not read its own records just now. Nothing was changed: press again in a minute.'),
    );
  }
}

/** An offer with its incident. */
export async function readOffer(offerId: string, { remedies, store }: Pick<ActionDeps, 'remedies' | 'store'>) {
  const offer = await remedies.offer(offerId);
  const loaded = offer === undefined ? undefined : await store.load(offer.incidentId);
  return { offer, loaded };
}

async function requestPlan(
  request: {
    readonly press: Press;
    readonly offerId: string;
    readonly viewId: string;
    readonly choice: string | undefined;
    readonly actor: Actor;
  },
  deps: ActionDeps,
): Promise<void> {
  const { press, offerId, viewId, choice, actor } = request;
  try {
    await deps.remedyQueue.send({
      kind: 'plan',
      offerId,
      viewId,
      by: actor,
      channelId: press.channelId ?? '',
      choice,
      at: deps.clock.now(),
    });
  } catch (error) {
    if (!(error instanceof PullmedicError)) throw error;
    deps.log.error('a plan could not be asked for', { offerId, error });
    const view = renderTold(
      'The queue of the remedies did not take this. Nothing was changed: press again in a minute.',
    );
    await show(viewId, view, press, deps);
  }
}

/** In the dialog; where that is closed, nobody waits for it any more. */
async function show(viewId: string, view: DialogView, press: Press, deps: ActionDeps): Promise<void> {
  try {
    await deps.dialogs.update(viewId, view);
  } catch (error) {
    if (!(error instanceof PullmedicError)) throw error;
    deps.log.warn('a dialog was not updated', { viewId, error });
    await tellQuietly(press, 'Nothing was changed: the dialog could not be filled. Press again.', deps);
  }
}
