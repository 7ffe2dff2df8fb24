import type { Instant } from '../../domain/instant.ts';
import type { Offer } from '../../domain/remedy/offer.ts';
import type { RemedyDeps } from './remedy-deps.ts';

/** An offer that this worker has, as it stands in the store. */
export interface HeldOffer {
  readonly offer: Offer;
  readonly version: number;
}

/** The function has 60 s: after that nobody is at work on it any more. */
export const LEASE_MS = 60_000;
/** What failed so often for what may pass is stopped, and told. */
export const MAX_TRIES = 5;

/**
 * Takes a claimed or half applied offer, or one whose end was perhaps not told.
 * @returns `undefined`: there is nothing to do, or another worker is at it
 */
export async function takeOffer(offerId: string, deps: RemedyDeps): Promise<HeldOffer | undefined> {
  const { remedies, clock, holder, log } = deps;
  const stored = await remedies.offer(offerId);
  if (stored === undefined || stored.state === 'offered') {
    log.info('an offer is not claimed any more', { offerId });
    return undefined;
  }
  const { version, ...offer } = stored;
  const { worker, tries = 0, state } = offer;
  if (worker !== undefined && worker.id !== holder && worker.until > clock.now()) return undefined;
  if (state === 'applied' || state === 'stopped') return { offer, version };
  return saveOffer({ offer, version }, { tries: tries + 1 }, deps);
}

/**
 * Writes what is new of a held offer, and keeps it for another minute.
 * @returns `undefined` when somebody else has it now: whatever was to be done is theirs to do
 */
export async function saveOffer(
  { offer, version }: HeldOffer,
  parts: Partial<Offer>,
  { remedies, clock, holder }: RemedyDeps,
): Promise<HeldOffer | undefined> {
  const until = clock.now() + LEASE_MS;
  const next: Offer = { ...offer, ...parts, worker: { id: holder, until } };
  return write(next, version, until, remedies);
}

/** The last word: the sweeper does not ask for it again. */
export async function releaseOffer(
  { offer, version }: HeldOffer,
  parts: Partial<Offer>,
  { remedies }: RemedyDeps,
): Promise<HeldOffer | undefined> {
  const { worker: _worker, ...rest } = offer;
  return write({ ...rest, ...parts }, version, undefined, remedies);
}

async function write(
  offer: Offer,
  version: number,
  dueAt: Instant | undefined,
  remedies: RemedyDeps['remedies'],
): Promise<HeldOffer | undefined> {
  return (await remedies.saveOffer(offer, version, dueAt)) === 'done' ? { offer, version: version + 1 } : undefined;
}
