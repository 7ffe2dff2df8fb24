import type { Instant } from '../instant.ts';
import type { ExpirySource } from '../pull-secret.ts';
import type { EntryRecord } from './ecr-annotation.ts';
import { fraction } from './fraction.ts';

/** An ECR token lives 12 hours (GetAuthorizationToken, API reference). */
export const ECR_TOKEN_LIFE_MS = 12 * 3_600_000;
/** Clocks differ: a token that ends a little later than it could is believed. */
const SKEW_MS = 10 * 60_000;
/** Refreshed once half the life is gone, and up to this part of it later, so that secrets do not all fall due at once. */
const DUE_PART = 0.5;
const JITTER_PART = 0.05;

/** Whether an entry needs a new token, and how that is known. */
export interface DueDecision {
  readonly isDue: boolean;
  /** `undefined` = unknown, which is due. */
  readonly expiresAt: Instant | undefined;
  readonly source: Exclude<ExpirySource, 'age'> | undefined;
  /** When it falls due; `undefined` where it is. */
  readonly dueAt: Instant | undefined;
}

/**
 * Own annotation (if it is about this very credential), else the expiry that the token carries, else unknown. Due when
 * less than half the life is left. Times that no ECR token can have count as unknown: a false one would put it off.
 * @param seed spreads the moment; the same for the same secret, so that every run agrees
 */
export function decideDue(
  entry: { readonly hash: string; readonly tokenExpiresAt: Instant | undefined },
  record: EntryRecord | undefined,
  at: { readonly now: Instant; readonly seed: string },
): DueDecision {
  const latest = at.now + ECR_TOKEN_LIFE_MS + SKEW_MS;
  const isRecordGood = record !== undefined && record.hash === entry.hash && record.expiresAt <= latest;
  const carried =
    entry.tokenExpiresAt !== undefined && entry.tokenExpiresAt <= latest ? entry.tokenExpiresAt : undefined;
  const expiresAt = isRecordGood ? record.expiresAt : carried;
  if (expiresAt === undefined) return { isDue: true, expiresAt, source: undefined, dueAt: undefined };

  const life = isRecordGood ? Math.min(ECR_TOKEN_LIFE_MS, record.expiresAt - record.issuedAt) : ECR_TOKEN_LIFE_MS;
  const leftAtDue = Math.max(0, life) * (DUE_PART - JITTER_PART * fraction(at.seed));
  const isDue = expiresAt - at.now < leftAtDue;
  return {
    isDue,
    expiresAt,
    source: isRecordGood ? 'annotation' : 'token',
    dueAt: isDue ? undefined : expiresAt - leftAtDue,
  };
}
