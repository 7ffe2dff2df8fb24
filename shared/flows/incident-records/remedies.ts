import type { Instant } from '../../domain/instant.ts';
import type { AuditEntry, Feedback } from '../../domain/remedy/audit.ts';
import type { Offer } from '../../domain/remedy/offer.ts';
import type { RecordKey, RecordStore, RecordWrite, StoredRecord } from '../../ports/record-store.ts';
import type { RemedyStore } from '../../ports/remedy-store.ts';
import { fromBody, toBody } from './json-body.ts';
import { auditPartition, DAY_MS, feedbackPartition, KEPT_MS, keys, OFFER_QUEUE } from './keys.ts';
import { updateRecord } from './update-record.ts';

/** An ended offer can be read this long: `undo` needs it, and a late click is told what became of it. */
const OFFER_KEPT_MS = 30 * DAY_MS;

type Offers = Pick<RemedyStore, 'ensureOffers' | 'offer' | 'saveOffer' | 'stuckOffers'>;

/** One record an offer. */
export function createOfferRecords(records: RecordStore): Offers {
  async function ensure(offer: Offer): Promise<void> {
    const key = keys.offer(offer.id);
    // Each edit of a message asks: a read is cheaper than a write that is refused.
    if ((await records.get(key)) !== undefined) return;
    await records.transact([{ kind: 'put', expect: 'absent', record: offerRecord(offer, undefined) }]);
  }

  return {
    async ensureOffers(offers) {
      await Promise.all(offers.map(ensure));
    },

    async offer(id) {
      const record = await records.get(keys.offer(id));
      return record && { ...readOffer(record), version: record.version };
    },

    saveOffer(offer, expectedVersion, dueAt) {
      return records.transact([{ kind: 'put', expect: expectedVersion, record: offerRecord(offer, dueAt) }]);
    },

    async stuckOffers(until, limit) {
      return (await records.listDue(OFFER_QUEUE, until, limit)).map(readOffer);
    },
  };
}

type Audit = Pick<RemedyStore, 'writeAudit' | 'audit'>;

/** A partition a day: a range of days is read newest first, and a year of them never at once. */
export function createAuditRecords(records: RecordStore): Audit {
  return {
    async writeAudit(entry) {
      const record = {
        ...keys.audit(entry.offerId, entry.at),
        body: toBody(entry),
        expiresAt: entry.at + KEPT_MS,
      };
      await records.transact([{ kind: 'put', expect: 'any', record }]);
    },

    audit: (range, limit) => newestFirst<AuditEntry>(records, auditPartition, range, limit),
  };
}

type FeedbackRecords = Pick<RemedyStore, 'writeFeedback' | 'feedback'>;

/** As the audit; a pointer tells where a person's earlier word on the incident lies, which a later one replaces. */
export function createFeedbackRecords(records: RecordStore): FeedbackRecords {
  return {
    async writeFeedback(feedback) {
      const { incidentId, at, by } = feedback;
      const person = `${by.teamId}/${by.userId}`;
      const key = keys.feedback(incidentId, person, at);
      const earlier = await updateRecord(records, keys.said(incidentId, person), (current) => ({
        write: { body: toBody(key), expiresAt: at + KEPT_MS },
        result: current && fromBody<RecordKey>(current.body),
      }));
      const isElsewhere = earlier !== undefined && earlier.partition !== key.partition;
      const removal: readonly RecordWrite[] = isElsewhere ? [{ kind: 'delete', key: earlier, expect: 'any' }] : [];
      const record = { ...key, body: toBody(feedback), expiresAt: at + KEPT_MS };
      await records.transact([{ kind: 'put', expect: 'any', record }, ...removal]);
    },

    feedback: (range, limit) => newestFirst<Feedback>(records, feedbackPartition, range, limit),
  };
}

/** Most days are empty: a year of them is asked for in seconds. */
const DAYS_AT_ONCE = 20;

async function newestFirst<Entry extends { readonly at: Instant }>(
  records: RecordStore,
  partitionOf: (at: Instant) => string,
  { from, until }: { readonly from: Instant; readonly until: Instant },
  limit: number,
): Promise<readonly Entry[]> {
  const found: Entry[] = [];
  // Nothing older is kept, however far back somebody asks.
  const first = dayStart(Math.max(from, until - KEPT_MS));
  for (let last = dayStart(until); last >= first && found.length < limit; last -= DAYS_AT_ONCE * DAY_MS) {
    const days = Array.from({ length: DAYS_AT_ONCE }, (_, n) => last - n * DAY_MS).filter((day) => day >= first);
    const entries = (await Promise.all(days.map((day) => records.list(partitionOf(day)))))
      .flat()
      .map(({ body }) => fromBody<Entry>(body))
      .filter(({ at }) => at >= from && at <= until);
    found.push(...entries.sort((a, b) => b.at - a.at));
  }
  return found.slice(0, limit);
}

function dayStart(at: Instant): Instant {
  return at - (at % DAY_MS);
}

function offerRecord(offer: Offer, dueAt: Instant | undefined) {
  const lastWord = offer.endedAt ?? Math.max(offer.expiresAt, offer.claim?.at ?? 0);
  return {
    ...keys.offer(offer.id),
    body: toBody(offer),
    due: dueAt === undefined ? undefined : { queue: OFFER_QUEUE, at: dueAt },
    expiresAt: lastWord + OFFER_KEPT_MS,
  };
}

function readOffer({ body }: StoredRecord): Offer {
  return fromBody<Offer>(body);
}
