import type { Config } from '../config/config.ts';
import { namespacesOf } from '../domain/incident/members-in.ts';
import { isUnderWay } from '../domain/incident/remedy-runs.ts';
import { type Instant, soonest } from '../domain/instant.ts';
import { DANGERS } from '../domain/remedy/danger.ts';
import { newOffer } from '../domain/remedy/new-offer.ts';
import { OFFER_LIFE_MS, type Offer } from '../domain/remedy/offer.ts';
import { nextOfferEpoch, offerEpoch, offerId, offerRound } from '../domain/remedy/offer-id.ts';
import type { Danger, RemedyId } from '../domain/remedy/proposal.ts';
import type { RemedyRun } from '../domain/remedy/run.ts';
import { isOffered } from '../remedies/policy.ts';
import { failingMembers } from './harm.ts';
import type { IncidentView } from './incident-view.ts';
import { mergeProposals } from './merge-proposals.ts';
import { NO_BUTTONS, type OfferButton, type OfferButtons } from './offer-buttons.ts';

export interface DecidedOffers {
  /** To be stored before a message shows them. */
  readonly offers: readonly Offer[];
  readonly buttons: OfferButtons;
  /** When its buttons are to be made anew, so that none on a message has expired; `undefined` without any. */
  readonly renewAt: Instant | undefined;
}

/** Where there is no store for them. */
export const NO_OFFERS: DecidedOffers = { offers: [], buttons: NO_BUTTONS, renewAt: undefined };

/**
 * Which remedies one channel's message offers: those that fit its failing members and that the policy would let somebody
 * use. What runs now is not offered, what did not help comes last. Pure: the same incident gives the same ids.
 */
export function decideOffers(
  view: IncidentView,
  { policy, alertmanagers }: Pick<Config, 'policy' | 'alertmanagers'>,
  now: Instant,
): DecidedOffers {
  const { incident, audience, runs } = view;
  const failing = failingMembers(view.failing);
  const proposals = mergeProposals(failing).filter(({ remedyId }) => remedyId !== 'silence-alert');
  const mayAct = (remedyId: RemedyId, namespaces: readonly string[]) =>
    isOffered(policy, remedyId, incident.cluster, namespaces);

  const fitting = proposals.filter(({ actsOn }) => actsOn.length > 0);
  const allowed = fitting.filter(({ remedyId, actsOn }) => mayAct(remedyId, namespacesOf(actsOn)));
  const acting = allowed
    .filter(({ remedyId }) => !runs.some((run) => run.remedyId === remedyId && isUnderWay(run, runs)))
    .sort(
      (a, b) =>
        Number(hasFailed(a.remedyId, runs)) - Number(hasFailed(b.remedyId, runs)) ||
        a.rank - b.rank ||
        DANGERS.indexOf(a.danger) - DANGERS.indexOf(b.danger),
    )
    .map(({ remedyId, label, danger }) => button(remedyId, label, danger));
  const canSilence =
    failing.length > 0 &&
    view.alerts.some(({ status }) => status === 'firing') &&
    alertmanagers.some(({ clusters }) => clusters === undefined || clusters.includes(incident.cluster));
  const silence =
    canSilence && mayAct('silence-alert', namespacesOf(failing))
      ? button('silence-alert', 'Silence the alert', 'safe')
      : undefined;
  // What ended a week ago stays as it is: its message is left alone from then on.
  const undoUntil = view.ending === undefined ? undefined : (incident.endedAt ?? incident.changedAt) + OFFER_LIFE_MS;
  const undone = undoUntil === undefined || undoUntil > now ? undoable(runs) : undefined;
  const undo =
    undone !== undefined && mayAct('undo', undoneNamespaces(undone, view))
      ? button('undo', `Undo: ${undone.label}`, 'careful', undone.offerId)
      : undefined;

  const all = [...acting, silence, undo].filter((one) => one !== undefined);
  const lack = fitting.length === 0 || allowed.length > 0 ? undefined : lackOf(policy.mode);
  return {
    offers: all.map(({ offerId: id, remedyId }) => offer(id, remedyId)),
    buttons: { acting, hasGitFix: proposals.some(({ needsGit }) => needsGit), silence, undo, lack },
    renewAt: all.length === 0 ? undefined : soonest([nextOfferEpoch(incident.openedAt, now), undoUntil]),
  };

  function button(remedyId: RemedyId, label: string, danger: Danger, undoes?: string): OfferButton {
    const id = offerId({
      incidentId: incident.id,
      channel: audience.channel,
      namespaces: audience.namespaces,
      remedyId,
      undoes,
      round: offerRound(incident.runs ?? [], remedyId),
      epoch: offerEpoch(incident.openedAt, now),
    });
    return { offerId: id, remedyId, label, danger };
  }

  function offer(id: string, remedyId: RemedyId): Offer {
    return newOffer({
      id,
      incidentId: incident.id,
      cluster: incident.cluster,
      remedyId,
      namespaces: audience.namespaces,
      channel: audience.channel,
      undoes: remedyId === 'undo' ? undone?.offerId : undefined,
      offeredAt: now,
    });
  }
}

function lackOf(mode: Config['policy']['mode']): OfferButtons['lack'] {
  return mode === 'advise' ? 'advise-only' : 'no-rule';
}

function hasFailed(remedyId: RemedyId, runs: readonly RemedyRun[]): boolean {
  const last = runs.findLast((run) => run.remedyId === remedyId);
  return last?.state === 'no-help' || last?.state === 'put-back';
}

/** The last one, where it has an inverse and what it did stands as far as is known. */
function undoable(runs: readonly RemedyRun[]): RemedyRun | undefined {
  const last = runs.findLast(({ state }) => state !== 'stopped');
  if (last === undefined || !last.isUndoable || last.remedyId === 'undo') return undefined;
  return last.state === 'applying' || last.state === 'put-back' ? undefined : last;
}

function undoneNamespaces({ members }: RemedyRun, view: IncidentView): readonly string[] {
  const touched = view.members.filter(({ key }) => members.includes(key));
  return namespacesOf(touched.length > 0 ? touched : view.members);
}
