import { renderTold } from '../chat/slack/render-dialog.ts';
import { PullmedicError } from '../domain/errors.ts';
import type { ApplyJob, PlanJob, RemedyJob } from '../domain/jobs.ts';
import type { DialogView } from '../ports/dialogs.ts';
import { judgeOffer } from './actions/judge-offer.ts';
import { applySteps } from './remedies/apply-steps.ts';
import { beginOffer } from './remedies/begin-offer.ts';
import { endOffer, noteRun, tellEnd } from './remedies/end-offer.ts';
import { MAX_TRIES, takeOffer } from './remedies/hold-offer.ts';
import { makePlan } from './remedies/make-plan.ts';
import type { RemedyDeps } from './remedies/remedy-deps.ts';
import { renderMade } from './remedies/render-made.ts';
import { whyNotPlanned } from './remedies/why-not-planned.ts';

export type { RemedyDeps } from './remedies/remedy-deps.ts';

const BUG = 'It could not be planned: this is a bug of pullmedic, its log says which. Nothing was changed.';

/**
 * What stands behind a button. It was pressed: gather ─▶ plan ─▶ policy ─▶ dry-run ─▶ the exact change in the dialog.
 * It was confirmed: gather ─▶ plan ─▶ policy ─▶ the same plan? ─▶ change by change ─▶ told. Looks prove it afterwards.
 * @throws {PullmedicError} for what may pass: the job comes again, and goes on where it was
 */
export async function runRemedy(job: RemedyJob, deps: RemedyDeps): Promise<void> {
  await (job.kind === 'plan' ? showPlan(job, deps) : applyOffer(job, deps));
}

async function showPlan(job: PlanJob, deps: RemedyDeps): Promise<void> {
  let view: DialogView;
  try {
    view = await planView(job, deps);
  } catch (error) {
    if (!(error instanceof PullmedicError)) {
      // A bug of ours, which comes again and then is a dead letter: the dialog must not say "Checking…" for ever.
      await deps.dialogs.update(job.viewId, renderTold(BUG)).catch((also: unknown) => {
        deps.log.warn('a dialog was not updated', { offerId: job.offerId, error: also });
      });
      throw error;
    }
    // Somebody waits before an open dialog: an answer now is worth more than a plan in a minute.
    deps.log.warn('a remedy could not be planned', { offerId: job.offerId, error });
    deps.metrics.count('RemediesNotPlanned');
    view = renderTold(whyNotPlanned(error));
  }
  await deps.dialogs.update(job.viewId, view);
}

async function planView({ offerId, by, channelId, choice }: PlanJob, deps: RemedyDeps): Promise<DialogView> {
  const { remedies, store, clock } = deps;
  const offer = await remedies.offer(offerId);
  const judged = judgeOffer(offer, offer && (await store.load(offer.incidentId)), clock.now());
  if (judged.kind === 'closed') return renderTold(judged.why);
  const made = await makePlan(judged.offer, judged.loaded, { by, channelId, choice }, deps);
  return renderMade(made, judged.offer, { choice, channelId }, deps);
}

async function applyOffer({ offerId }: ApplyJob, deps: RemedyDeps): Promise<void> {
  const taken = await takeOffer(offerId, deps);
  if (taken === undefined) return;
  const { state, tries = 0 } = taken.offer;
  if (state === 'applied' || state === 'stopped') {
    await tellEnd(taken, deps);
    return;
  }
  if (tries > MAX_TRIES) {
    await endOffer(taken, `it failed ${MAX_TRIES} times, the log of remedy-worker says why`, deps);
    return;
  }
  if (state === 'applying') await noteRun(taken.offer, deps);
  const begun = state === 'applying' ? taken : await beginOffer(taken, deps);
  const ended = begun && (await applySteps(begun, deps));
  if (ended !== undefined) await endOffer(ended.held, ended.why, deps);
}
