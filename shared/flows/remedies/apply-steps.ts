import { PullmedicError } from '../../domain/errors.ts';
import type { Applied, Change } from '../../domain/remedy/change.ts';
import { describeApplied } from '../../remedies/describe-change.ts';
import { applyChange } from './apply-change.ts';
import { type HeldOffer, saveOffer } from './hold-offer.ts';
import type { RemedyDeps } from './remedy-deps.ts';

/** How the changes of a plan ended. `undefined` as a whole: somebody else goes on with it. */
export interface Steps {
  readonly held: HeldOffer;
  /** Why not all of it was done, as a sentence. */
  readonly why: string | undefined;
}

/**
 * Makes the changes that are left, one after the other. Which one is next is written before it is made: a worker that
 * dies is followed by one that begins with that very change, and finds on the object whether it was made.
 * @throws {PullmedicError} for what may pass: the job comes again, and goes on here
 */
export async function applySteps(from: HeldOffer, deps: RemedyDeps): Promise<Steps | undefined> {
  const { plan, results } = from.offer;
  const failed = (plan?.changes ?? []).flatMap((change, n) => whyStopped(change, results[n]))[0];
  if (plan === undefined || failed !== undefined)
    return { held: from, why: failed ?? 'its plan is not known any more' };

  let held = from;
  for (const change of plan.changes.slice(from.offer.step)) {
    const result = await tryChange(change, held, deps);
    const { step, results: before } = held.offer;
    const saved = await saveOffer(held, { step: step + 1, results: [...before, result] }, deps);
    if (saved === undefined) return undefined;
    held = saved;
    const [why] = whyStopped(change, result);
    if (why !== undefined) return { held, why };
  }
  return { held, why: undefined };
}

/** What will never work is an answer too: an identity that is not accepted, a cluster that is not configured any more. */
async function tryChange(change: Change, { offer }: HeldOffer, deps: RemedyDeps): Promise<Applied> {
  try {
    return await applyChange(change, offer, deps);
  } catch (error) {
    if (!(error instanceof PullmedicError) || error.retry === 'retry') throw error;
    deps.log.warn('a change cannot be made', { offerId: offer.id, kind: change.kind, error });
    return { kind: 'refused', why: error.message };
  }
}

function whyStopped(change: Change, result: Applied | undefined): readonly string[] {
  if (result === undefined || result.kind === 'done' || result.kind === 'already') return [];
  // A pod that is gone is what was wanted; the adapter says `already` for it. One that may not be deleted any more has
  // started by itself meanwhile: it is left alone, and the others still wait.
  if (change.kind === 'delete-pod' && result.kind === 'changed') return [];
  return [describeApplied(change, result)];
}
