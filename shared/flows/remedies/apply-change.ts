import { setTimeout as wait } from 'node:timers/promises';
import type { Applied, Change, ClusterChange, RefreshSecret } from '../../domain/remedy/change.ts';
import type { Offer } from '../../domain/remedy/offer.ts';
import type { RemedyDeps } from './remedy-deps.ts';

/** How long the answer of the refresh is waited for; after that the looks tell whether it helped. */
const REFRESH_ANSWER_MS = 20_000;
const ASK_AGAIN_MS = 1_000;

/** Changes that can be tried on the server without being made. */
export function isClusterChange(change: Change): change is ClusterChange {
  return change.kind === 'set-images' || change.kind === 'set-pull-secrets' || change.kind === 'delete-pod';
}

/**
 * Makes the change that is next. It may be called again after any crash: each adapter reads first what stands.
 * @throws {PullmedicError} for what may pass, or for an identity that is not accepted
 */
export async function applyChange(change: Change, offer: Offer, deps: RemedyDeps): Promise<Applied> {
  const { clusters, silencer, clock } = deps;
  switch (change.kind) {
    case 'set-images':
    case 'set-pull-secrets':
    case 'delete-pod': {
      const changer = await clusters.changer(offer.cluster);
      return changer.apply(change, { isDryRun: false, by: changedBy(offer) });
    }
    case 'refresh-secret':
      return refreshSecret(change, offer, deps);
    case 'silence-alerts':
      return silencer.silence(change, { by: changedBy(offer), now: clock.now(), id: `${offer.id}/${offer.step}` });
    case 'end-silence':
      return silencer.end(change);
  }
}

/** `alice (U012) roll-back`: what stands on everything that was changed. */
export function changedBy({ claim, remedyId }: Offer): string {
  const by = claim?.by;
  const who = by === undefined || by === 'policy' ? `policy ${claim?.rule ?? ''}` : `${by.name} (${by.userId})`;
  return `${who} ${remedyId}`;
}

/**
 * The one engine that writes tokens does it, and this waits a little for its answer. Asked twice, when a worker died
 * between the question and its note, it writes another fresh token: nothing is lost by that.
 */
async function refreshSecret(change: RefreshSecret, { cluster, claim }: Offer, deps: RemedyDeps): Promise<Applied> {
  const { refreshQueue, store, clock, pause = wait } = deps;
  const { namespace, name, image } = change;
  if (refreshQueue === undefined) return { kind: 'refused', why: 'nothing refreshes pull secrets here' };
  const claimedAt = claim?.at ?? 0;
  const known = async () => (await store.repairs(cluster, namespace)).find((one) => one.name === name);

  const isAsked = (await known())?.asked.some((at) => at >= claimedAt) ?? false;
  if (!isAsked) {
    const [namespaces, secrets] = [[namespace], [name]];
    await refreshQueue.send({ kind: 'refresh', cluster, namespaces, secrets, reason: 'button', isForced: true, image });
    await store.noteRepairsAsked(cluster, namespace, [name], clock.now());
  }
  for (let waited = 0; ; waited += ASK_AGAIN_MS) {
    const result = (await known())?.result;
    if (result !== undefined && result.at >= claimedAt) {
      if (result.outcome === 'refreshed' || result.outcome === 'not-due') return { kind: 'done', at: result.at };
      return { kind: 'refused', why: result.why ?? `the refresh says: ${result.outcome}` };
    }
    if (waited >= REFRESH_ANSWER_MS) return { kind: 'done', at: clock.now(), isUnanswered: true };
    await pause(ASK_AGAIN_MS);
  }
}
