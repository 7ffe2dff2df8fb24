import { renderEnded } from '../../chat/slack/render-dialog.ts';
import { PullmedicError } from '../../domain/errors.ts';
import type { Offer } from '../../domain/remedy/offer.ts';
import type { DialogView } from '../../ports/dialogs.ts';
import { buildAudit, buildRun, putRun } from './build-run.ts';
import { changeIncident } from './change-incident.ts';
import { type HeldOffer, releaseOffer, saveOffer } from './hold-offer.ts';
import type { RemedyDeps } from './remedy-deps.ts';

/**
 * Writes how it ended, then tells it. The sweeper asks again until all were told: audit, incident, the one who pressed.
 * @param why why it stopped; `undefined` = all of it was done
 */
export async function endOffer(held: HeldOffer, why: string | undefined, deps: RemedyDeps): Promise<void> {
  const state = why === undefined ? 'applied' : 'stopped';
  const ended = await saveOffer(held, { state, why, endedAt: deps.clock.now() }, deps);
  if (ended !== undefined) await tellEnd(ended, deps);
}

/** May be repeated: the audit has one entry an offer, and what the looks have concluded since stays. */
export async function tellEnd(held: HeldOffer, deps: RemedyDeps): Promise<void> {
  const { store, remedies, metrics, log } = deps;
  const { offer } = held;
  const run = buildRun(offer);
  const known = (await store.load(offer.incidentId))?.incident.runs?.find(({ offerId }) => offerId === offer.id);
  if (known === undefined || known.state === 'applying') {
    await remedies.writeAudit(buildAudit(offer));
    await noteRun(offer, deps);
    metrics.count('RemediesApplied', 1, { remedy: offer.remedyId, outcome: run.state });
    log.info('a remedy ended', {
      offerId: offer.id,
      incidentId: offer.incidentId,
      remedy: offer.remedyId,
      outcome: run.state,
      why: run.why,
    });
  }
  await showDialog(offer, renderEnded(run), deps);
  await releaseOffer(held, {}, deps);
}

/** Brings the run into its incident: at the start, so that the message says who does what, and at the end. */
export async function noteRun(offer: Offer, deps: RemedyDeps): Promise<void> {
  const run = buildRun(offer);
  await changeIncident(
    offer.incidentId,
    (incident) => {
      const before = incident.runs ?? [];
      const runs = putRun(before, run);
      return JSON.stringify(runs) === JSON.stringify(before) ? undefined : { ...incident, runs };
    },
    deps,
  );
}

/** Of the one who confirmed; closed, or not to be had, the message tells it all the same. */
export async function showDialog({ id, claim }: Offer, view: DialogView, { dialogs, log }: RemedyDeps): Promise<void> {
  if (claim?.viewId === undefined) return;
  try {
    await dialogs.update(claim.viewId, view);
  } catch (error) {
    if (!(error instanceof PullmedicError)) throw error;
    log.warn('a dialog was not updated', { offerId: id, error });
  }
}
