import { OFFER_LIFE_MS, type Offer } from './offer.ts';

/** What of an offer nobody has taken yet, or has again given back. */
export const UNTAKEN = {
  state: 'offered',
  claim: undefined,
  plan: undefined,
  step: 0,
  results: [],
  endedAt: undefined,
  why: undefined,
} as const satisfies Partial<Offer>;

/** An offer as it begins: nobody has taken it yet, and it is good for as long as a button is. */
export function newOffer(given: Omit<Offer, keyof typeof UNTAKEN | 'expiresAt' | 'worker' | 'tries'>): Offer {
  return { ...given, expiresAt: given.offeredAt + OFFER_LIFE_MS, ...UNTAKEN };
}
