import { renderTold } from '../../chat/slack/render-dialog.ts';
import type { LoadedIncident } from '../../domain/incident.ts';
import { UNTAKEN } from '../../domain/remedy/new-offer.ts';
import type { Offer } from '../../domain/remedy/offer.ts';
import type { Plan } from '../../domain/remedy/plan.ts';
import type { DialogView } from '../../ports/dialogs.ts';
import { endOffer, noteRun, showDialog } from './end-offer.ts';
import { type HeldOffer, releaseOffer, saveOffer } from './hold-offer.ts';
import { type MadePlan, makePlan } from './make-plan.ts';
import type { RemedyDeps } from './remedy-deps.ts';
import { renderMade } from './render-made.ts';

const CHANGED = 'this is not what you confirmed a moment ago: what is there has changed, so nothing was done yet';
/** A worker that died is asked for again within two minutes; after that its run hinders nobody. */
const BUSY_MS = 3 * 60_000;

/**
 * Plans a claimed offer once more: only exactly what was confirmed is begun.
 * @returns the offer, about to be applied; `undefined` where it went back, ended, or is somebody else's
 */
export async function beginOffer(held: HeldOffer, deps: RemedyDeps): Promise<HeldOffer | undefined> {
  const { offer } = held;
  const { claim } = offer;
  const loaded = await deps.store.load(offer.incidentId);
  if (claim === undefined || loaded === undefined) {
    await endOffer(held, 'its incident is not known any more', deps);
    return undefined;
  }
  const { by, choice, channelId = offer.channel } = claim;
  const made = await makePlan(offer, loaded, { by, choice, channelId }, deps);
  const other = made.kind === 'plan' ? busyWith(offer, made.plan, loaded, deps.clock.now()) : undefined;
  // What the policy allows by itself was shown to nobody: whatever is planned now, within the policy, is what it meant.
  const isConfirmed = made.kind === 'plan' && (by === 'policy' || made.hash === claim.planHash);
  if (!isConfirmed || other !== undefined) {
    await giveBack(held, made, other, deps);
    return undefined;
  }
  const begun = await saveOffer(held, { state: 'applying', plan: made.plan, step: 0, results: [] }, deps);
  if (begun !== undefined) await noteRun(begun.offer, deps);
  return begun;
}

/** Another use of a remedy that is being applied to the same members: one at a time. */
function busyWith({ id }: Offer, { members }: Plan, { incident }: LoadedIncident, now: number): string | undefined {
  const run = incident.runs?.find(
    (one) =>
      one.offerId !== id &&
      one.state === 'applying' &&
      now - one.startedAt < BUSY_MS &&
      one.members.some((key) => members.includes(key)),
  );
  if (run === undefined) return undefined;
  const who = run.by === 'policy' ? `the policy (${run.rule})` : run.by.name;
  return `${who} began ${run.label} on the same pods just now: see first what comes of it.`;
}

/** Nothing was done: the button stays good, and the dialog shows why, or what it would do now. */
async function giveBack(held: HeldOffer, made: MadePlan, other: string | undefined, deps: RemedyDeps): Promise<void> {
  const { offer } = held;
  const why = other ?? whyNot(made);
  if (offer.claim?.by === 'policy') {
    // Nobody presses again: what is still wrong at the next look is decided there.
    await endOffer(held, why, deps);
    return;
  }
  const view = await viewOf(offer, made, other, deps);
  if ((await releaseOffer(held, { ...UNTAKEN, tries: undefined }, deps)) === undefined) return;
  deps.metrics.count('RemediesGivenBack', 1, { remedy: offer.remedyId });
  deps.log.info('a remedy was not begun', { offerId: offer.id, why });
  await showDialog(offer, view, deps);
}

function whyNot(made: MadePlan): string {
  return made.kind === 'plan' ? CHANGED : made.kind === 'none' ? made.why : made.answer.why;
}

async function viewOf(offer: Offer, made: MadePlan, other: string | undefined, deps: RemedyDeps): Promise<DialogView> {
  if (other !== undefined) return renderTold(other);
  const channelId = offer.claim?.channelId ?? offer.channel;
  if (made.kind !== 'plan') return renderMade(made, offer, { choice: undefined, channelId }, deps);
  const plan = { ...made.plan, warnings: [CHANGED, ...made.plan.warnings] };
  return renderMade({ ...made, plan }, offer, { choice: plan.choice, channelId }, deps);
}
