import { DIALOGS } from '../../chat/slack/action-ids.ts';
import { renderDenied, renderTold, renderWorking } from '../../chat/slack/render-dialog.ts';
import { PullmedicError } from '../../domain/errors.ts';
import type { LoadedIncident } from '../../domain/incident.ts';
import type { Actor } from '../../domain/remedy/actor.ts';
import { UNTAKEN } from '../../domain/remedy/new-offer.ts';
import { type Offer, STUCK_AFTER_MS } from '../../domain/remedy/offer.ts';
import { authorise } from './authorise.ts';
import type { ActionAnswer, ActionDeps } from './deps.ts';
import { identify } from './identify.ts';
import { judgeOffer, takenSentence } from './judge-offer.ts';
import type { Action } from './parse-action.ts';
import { readOffer } from './press-offer.ts';
import { readGroups } from './read-groups.ts';
import { sendLooks } from './send-looks.ts';

type Confirmation = Action & { readonly kind: 'confirm' };

/**
 * A remedy's dialog was confirmed. Here the offer is claimed, by one conditional write: of two who confirm at once the
 * second is told who was first, and a dialog that was cancelled burnt nothing. The worker does the rest; the looks that
 * prove it are asked for here, since the worker must not send to the queue of looks in a cycle.
 */
export async function confirmRemedy(action: Confirmation, deps: ActionDeps): Promise<ActionAnswer> {
  const { press, offerId, state, typed, selected, viewId } = action;
  try {
    const [identity, groups, read] = await Promise.all([
      identify(press, deps),
      readGroups(press.userId, deps),
      readOffer(offerId, deps),
    ]);
    if (identity.kind === 'refused') return show(renderTold(identity.why, 'Not allowed'));
    // The same submission delivered twice: it is under way, as was said the first time.
    if (read.offer !== undefined && isOwnClaim(read.offer, identity.actor, viewId)) return show(renderWorking({}));
    const judgement = judgeOffer(read.offer, read.loaded, deps.clock.now());
    if (judgement.kind === 'closed') return show(renderTold(judgement.why));
    const { offer, loaded } = judgement;
    if (state.planHash === undefined) {
      return show(renderTold('This dialog held no plan yet. Nothing was changed: press the button again.'));
    }
    // Confirmed before the plan of a new choice came: what is claimed must be what stands in the list.
    if (selected !== undefined && selected !== (state.choice ?? state.shownChoice)) {
      return show(renderTold(`The plan was not for ${selected} yet. Nothing was changed: press the button again.`));
    }

    const verdict = authorise(offer, loaded, { identity, channelId: state.channelId, groups }, state, deps);
    if (verdict.kind === 'denied') {
      deps.metrics.count('ActionsDenied');
      return show(renderDenied(verdict));
    }
    if (verdict.needsTypedName && state.typedName === undefined) {
      return show(renderTold('The policy asks for the name to be typed since a moment. Press the button again.'));
    }
    const wrong = judgeTyped(state.typedName, typed);
    if (wrong !== undefined) return wrong;
    const { planHash, choice } = state;
    return await claim(
      {
        offer,
        loaded,
        actor: identity.actor,
        rule: verdict.rule,
        planHash,
        choice,
        viewId,
        channelId: state.channelId,
      },
      deps,
    );
  } catch (error) {
    if (!(error instanceof PullmedicError)) throw error;
    deps.log.error('a confirmation could not be taken', { offerId, error });
    return show(renderTold('pullmedic could not write its own records just now, and nothing was begun: try again.'));
  }
}

function isOwnClaim({ state, claim }: Offer, actor: Actor, viewId: string): boolean {
  if (state === 'offered' || claim === undefined || claim.by === 'policy') return false;
  return claim.viewId === viewId && claim.by.userId === actor.userId && claim.by.teamId === actor.teamId;
}

/** What had to be typed stands in the dialog's state, which Slack lets nobody change. */
function judgeTyped(expected: string | undefined, typed: string | undefined): ActionAnswer | undefined {
  if (expected === undefined || typed?.trim() === expected) return undefined;
  return {
    kind: 'errors',
    errors: { [DIALOGS.typedNameBlock]: `This is not the name: type ${expected}`.slice(0, 300) },
  };
}

interface Claim {
  readonly offer: Offer & { readonly version: number };
  readonly loaded: LoadedIncident;
  readonly actor: Actor;
  readonly rule: string;
  readonly planHash: string;
  readonly choice: string | undefined;
  readonly viewId: string;
  readonly channelId: string | undefined;
}

async function claim(request: Claim, deps: ActionDeps): Promise<ActionAnswer> {
  const { offer, loaded, actor, rule, planHash, choice, viewId, channelId } = request;
  const now = deps.clock.now();
  const { version, ...known } = offer;
  const claimed: Offer = {
    ...known,
    ...UNTAKEN,
    state: 'claimed',
    claim: { by: actor, at: now, planHash, choice, rule, viewId, channelId },
  };
  if ((await deps.remedies.saveOffer(claimed, version, now + STUCK_AFTER_MS)) === 'conflict') {
    const winner = await deps.remedies.offer(offer.id);
    const said = winner === undefined ? undefined : takenSentence(winner, now);
    return show(renderTold(said ?? 'Somebody changed this at the same moment. Press the button again.'));
  }
  deps.metrics.count('RemediesConfirmed', 1, { remedy: offer.remedyId });
  // The looks cannot fail it: the sweeper asks for the next ones within the minute.
  const [isSent] = await Promise.all([sendApply(offer.id, now, deps), sendLooks(offer, loaded, now, deps)]);
  return show(renderWorking({ isLate: !isSent }));
}

/** From here on the claim stands: what is not sent now, the sweeper sends. */
async function sendApply(offerId: string, at: number, { remedyQueue, log }: ActionDeps): Promise<boolean> {
  try {
    await remedyQueue.send({ kind: 'apply', offerId, at });
    return true;
  } catch (error) {
    if (!(error instanceof PullmedicError)) throw error;
    log.error('a remedy was confirmed and not handed on; the sweeper will', { offerId, error });
    return false;
  }
}

function show(view: ReturnType<typeof renderTold>): ActionAnswer {
  return { kind: 'show', view };
}
