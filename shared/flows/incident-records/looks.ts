import type { Instant } from '../../domain/instant.ts';
import type { IncidentStore } from '../../ports/incident-store.ts';
import type { JsonValue, RecordStore, StoredRecord } from '../../ports/record-store.ts';
import { DAY_MS, keys } from './keys.ts';
import { type RecordUpdate, updateRecord } from './update-record.ts';

/** Longer than any look may take; a look that died frees its scope by then. */
const LEASE_MS = 60_000;

/** How a scope is being looked at. */
interface LeaseBody {
  /** `undefined`: nobody looks. */
  readonly holder: string | undefined;
  readonly startedAt: Instant;
  readonly until: Instant;
  /**
   * The newest hint that came while somebody looked. It stays until a look that started after it succeeded: whoever
   * was told to look again may die before doing so.
   */
  readonly waitingHintAt: Instant | undefined;
  /** Start of the newest look that succeeded. */
  readonly lastSuccessAt: Instant | undefined;
}

const NO_LEASE: LeaseBody = {
  holder: undefined,
  startedAt: 0,
  until: 0,
  waitingHintAt: undefined,
  lastSuccessAt: undefined,
};

/** Leases of scopes: one look at a time, and none for a hint that a look has answered already. */
export function createLookRecords(records: RecordStore): Pick<IncidentStore, 'startLook' | 'finishLook'> {
  return {
    startLook: (scope, { holder, startedAt, hintedAt }) =>
      updateRecord(records, keys.lease(scope), (current) => {
        const lease = readLease(current);
        const newestHintAt = Math.max(hintedAt, lease.waitingHintAt ?? hintedAt);
        if (lease.lastSuccessAt !== undefined && lease.lastSuccessAt > newestHintAt) return only('fresh');

        // Compared by value. The same holder again is a re-delivery of its own job, not a rival.
        const isHeld = lease.holder !== undefined && lease.holder !== holder && lease.until > startedAt;
        if (isHeld) {
          return newestHintAt === lease.waitingHintAt
            ? only('held')
            : put({ ...lease, waitingHintAt: newestHintAt }, 'held');
        }
        return put({ ...lease, holder, startedAt, until: startedAt + LEASE_MS }, 'go');
      }),

    finishLook: (scope, { holder, startedAt, isSuccess }) =>
      updateRecord(records, keys.lease(scope), (current) => {
        const lease = readLease(current);
        const lastSuccessAt = isSuccess ? Math.max(startedAt, lease.lastSuccessAt ?? startedAt) : lease.lastSuccessAt;

        const { waitingHintAt } = lease;

        if (lease.holder !== holder || lease.startedAt !== startedAt) {
          // The lease was lost, or given back before. What was seen was seen all the same; whoever looks now keeps the
          // lease and answers the hints; if nobody does, they are still waiting.
          const result = { again: lease.holder === undefined && waitingHintAt !== undefined };
          return lastSuccessAt === lease.lastSuccessAt ? only(result) : put({ ...lease, lastSuccessAt }, result);
        }
        // A successful look has answered the hints from before its start.
        const again = waitingHintAt !== undefined && (!isSuccess || waitingHintAt >= startedAt);
        const left = { ...NO_LEASE, startedAt, until: startedAt, lastSuccessAt };
        return put({ ...left, waitingHintAt: again ? waitingHintAt : undefined }, { again });
      }),
  };
}

function readLease(record: StoredRecord | undefined): LeaseBody {
  return record === undefined ? NO_LEASE : { ...NO_LEASE, ...(record.body as unknown as Partial<LeaseBody>) };
}

function put<T>(lease: LeaseBody, result: T): RecordUpdate<T> {
  return { write: { body: lease as unknown as JsonValue, expiresAt: lease.startedAt + DAY_MS }, result };
}

function only<T>(result: T): RecordUpdate<T> {
  return { write: undefined, result };
}
