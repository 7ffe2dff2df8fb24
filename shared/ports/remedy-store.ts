import type { Instant } from '../domain/instant.ts';
import type { AuditEntry, Feedback } from '../domain/remedy/audit.ts';
import type { Offer } from '../domain/remedy/offer.ts';

/** Offers, the audit and feedback, on the one record store. Throws {StoreError}. */
export interface RemedyStore {
  /** Writes those that are not there; those that are stay as they are. */
  ensureOffers(offers: readonly Offer[]): Promise<void>;
  offer(id: string): Promise<(Offer & { readonly version: number }) | undefined>;
  /**
   * The one way to change an offer: `conflict` when somebody else did since it was read.
   * @param dueAt when the sweeper asks for it again, should nobody have ended it; `undefined` = never
   */
  saveOffer(offer: Offer, expectedVersion: number, dueAt: Instant | undefined): Promise<'done' | 'conflict'>;
  /** Claimed or half applied and not ended in time. */
  stuckOffers(until: Instant, limit: number): Promise<readonly Offer[]>;
  /** Replaces the entry of the same offer. */
  writeAudit(entry: AuditEntry): Promise<void>;
  /** Newest first. */
  audit(range: { readonly from: Instant; readonly until: Instant }, limit: number): Promise<readonly AuditEntry[]>;
  /** One a person and incident: a later one replaces it. */
  writeFeedback(feedback: Feedback): Promise<void>;
  /** Newest first. */
  feedback(range: { readonly from: Instant; readonly until: Instant }, limit: number): Promise<readonly Feedback[]>;
}
