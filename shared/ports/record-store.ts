import type { Instant } from '../domain/instant.ts';

/** JSON only: what goes in comes out equal. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

export interface RecordKey {
  readonly partition: string;
  readonly sort: string;
}

export interface StoredRecord extends RecordKey {
  /** Set by the store: 1 when created, +1 at each write. */
  readonly version: number;
  readonly body: JsonValue;
  /** Makes the record appear in `listDue(due.queue, …)` from `due.at` on. */
  readonly due?: { readonly queue: string; readonly at: Instant } | undefined;
  /** From this instant on the record counts as absent, whenever it is really deleted. */
  readonly expiresAt?: Instant | undefined;
}

/** `absent`: must not exist (or be expired); a number: must have this version; `any`: whatever. */
export type Expectation = 'absent' | 'any' | number;

export type RecordWrite =
  | {
      readonly kind: 'put';
      readonly record: Omit<StoredRecord, 'version'>;
      readonly expect: Expectation;
    }
  | { readonly kind: 'delete'; readonly key: RecordKey; readonly expect: Expectation }
  /** Nothing is written; the transaction fails unless it holds. */
  | { readonly kind: 'check'; readonly key: RecordKey; readonly expect: 'absent' | number };

/**
 * The one store, small enough that two engines (DynamoDB, SQLite) can behave alike: records under (partition, sort)
 * with optimistic versions, transactions and one index by due time. Types and meaning live in `incident-store.ts`.
 */
export interface RecordStore {
  /** Strongly consistent. @throws {StoreError} */
  get(key: RecordKey): Promise<StoredRecord | undefined>;
  /** Strongly consistent, by sort key ascending, all pages. @throws {StoreError} */
  list(partition: string, options?: { readonly sortPrefix?: string }): Promise<readonly StoredRecord[]>;
  /**
   * Records of that queue with `due.at <= until`, soonest first, at most `limit`. Eventually consistent: a record
   * written a moment ago may be missing, one deleted a moment ago may still be there: read it again before acting.
   * @throws {StoreError}
   */
  listDue(queue: string, until: Instant, limit: number): Promise<readonly StoredRecord[]>;
  /**
   * All writes or none; at most 100, at most one per key.
   * @returns `conflict` when an expectation did not hold: read again and decide anew
   * @throws {StoreError} when it is not known whether it was written (`retry`), or a body is over 350 kB (`give-up`)
   */
  transact(writes: readonly RecordWrite[]): Promise<'done' | 'conflict'>;
}
