import type { Applied } from '../../domain/remedy/change.ts';
import type { Offer } from '../../domain/remedy/offer.ts';
import type { Plan } from '../../domain/remedy/plan.ts';
import { changedBy, isClusterChange } from './apply-change.ts';
import type { RemedyDeps } from './remedy-deps.ts';

/** What the API server says of each change, in order, without making it; `undefined` where it has no say. */
export async function tryOnServer(
  { changes }: Plan,
  offer: Offer,
  { clusters }: RemedyDeps,
): Promise<readonly (Applied | undefined)[]> {
  if (!changes.some(isClusterChange)) return changes.map(() => undefined);
  const changer = await clusters.changer(offer.cluster);
  const by = changedBy(offer);
  return Promise.all(
    changes.map(async (change) =>
      isClusterChange(change) ? changer.apply(change, { isDryRun: true, by }) : undefined,
    ),
  );
}
