import { createHash } from 'node:crypto';
import type { Instant } from '../instant.ts';
import type { RemedyId } from './proposal.ts';
import type { RemedyRun } from './run.ts';

/** A day less than a button is good for: the message has the next one before the last one ends. */
const EPOCH_MS = 6 * 24 * 3_600_000;

/** What makes a button the same one. */
export interface OfferIdentity {
  readonly incidentId: string;
  /** As routed. */
  readonly channel: string;
  /** What it may touch; `undefined` = all of the incident. */
  readonly namespaces: readonly string[] | undefined;
  readonly remedyId: RemedyId;
  /** Of `undo`: the offer that it takes back. */
  readonly undoes: string | undefined;
  /** See `offerRound`. */
  readonly round: string;
  /** See `offerEpoch`. */
  readonly epoch: number;
}

/** Opaque, and the same for the same button: a publisher that runs twice shows one. 132 bits of SHA-256. */
export function offerId(of: OfferIdentity): string {
  const { incidentId, channel, namespaces = null, remedyId, undoes = null, round, epoch } = of;
  const identity = JSON.stringify([incidentId, channel, namespaces, remedyId, undoes, round, epoch]);
  return createHash('sha256').update(identity).digest('base64url').slice(0, 22);
}

/**
 * Tells the offers of one remedy and incident apart: a use that ended makes room for the next one. It is named by the
 * use that ended last rather than counted, since an incident forgets the oldest ones.
 */
export function offerRound(runs: readonly RemedyRun[], remedyId: RemedyId): string {
  return runs.findLast((run) => run.remedyId === remedyId)?.offerId ?? '';
}

/** Grows by one every six days of an incident: its buttons are made anew before they end. */
export function offerEpoch(openedAt: Instant, now: Instant): number {
  return Math.max(0, Math.floor((now - openedAt) / EPOCH_MS));
}

/** When the next epoch begins. */
export function nextOfferEpoch(openedAt: Instant, now: Instant): Instant {
  return openedAt + (offerEpoch(openedAt, now) + 1) * EPOCH_MS;
}
