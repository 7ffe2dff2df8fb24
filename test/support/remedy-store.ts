import type { Instant } from '../../shared/domain/instant.ts';
import type { AuditEntry, Feedback } from '../../shared/domain/remedy/audit.ts';
import type { Offer } from '../../shared/domain/remedy/offer.ts';
import type { RemedyStore } from '../../shared/ports/remedy-store.ts';

/** The port in memory, for tests that look at what was written. */
export interface FakeRemedyStore extends RemedyStore {
  readonly feedbacks: Feedback[];
  readonly audits: AuditEntry[];
  /** As it stands, with what the sweeper was told. */
  saved(id: string): (Offer & { readonly dueAt: Instant | undefined }) | undefined;
}

export function createFakeRemedyStore(offers: readonly Offer[] = []): FakeRemedyStore {
  const kept = new Map<
    string,
    { readonly offer: Offer; readonly version: number; readonly dueAt: Instant | undefined }
  >();
  for (const offer of offers) kept.set(offer.id, { offer, version: 1, dueAt: undefined });
  const feedbacks: Feedback[] = [];
  const audits: AuditEntry[] = [];
  const within = <Entry extends { readonly at: Instant }>(
    entries: readonly Entry[],
    { from, until }: { readonly from: Instant; readonly until: Instant },
    limit: number,
  ) =>
    entries
      .filter(({ at }) => at >= from && at <= until)
      .sort((a, b) => b.at - a.at)
      .slice(0, limit);

  return {
    feedbacks,
    audits,
    saved(id) {
      const found = kept.get(id);
      return found === undefined ? undefined : { ...found.offer, dueAt: found.dueAt };
    },
    async ensureOffers(added) {
      for (const offer of added) if (!kept.has(offer.id)) kept.set(offer.id, { offer, version: 1, dueAt: undefined });
    },
    async offer(id) {
      const found = kept.get(id);
      return found === undefined ? undefined : { ...found.offer, version: found.version };
    },
    async saveOffer(offer, expectedVersion, dueAt) {
      const found = kept.get(offer.id);
      if (found?.version !== expectedVersion) return 'conflict';
      kept.set(offer.id, { offer, version: expectedVersion + 1, dueAt });
      return 'done';
    },
    async stuckOffers(until, limit) {
      return [...kept.values()]
        .filter(({ dueAt }) => dueAt !== undefined && dueAt <= until)
        .map(({ offer }) => offer)
        .slice(0, limit);
    },
    async writeAudit(entry) {
      const index = audits.findIndex(({ offerId }) => offerId === entry.offerId);
      if (index < 0) audits.push(entry);
      else audits[index] = entry;
    },
    audit: async (range, limit) => within(audits, range, limit),
    async writeFeedback(entry) {
      const index = feedbacks.findIndex(
        ({ incidentId, by }) => incidentId === entry.incidentId && by.userId === entry.by.userId,
      );
      if (index < 0) feedbacks.push(entry);
      else feedbacks[index] = entry;
    },
    feedback: async (range, limit) => within(feedbacks, range, limit),
  };
}
