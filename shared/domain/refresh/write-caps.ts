import type { Instant } from '../instant.ts';

/** At most one write of an object in this time, where somebody else has changed it since… */
const ONCE_WITHIN_MS = 30 * 60_000;
/** …and at most so many in this time. */
const MAX_WRITES = 3;
/** Writes are remembered this long. */
export const WRITES_KEPT_MS = 12 * 3_600_000;

/**
 * Whether an object may be written once more by itself. Against another writer that puts its own content back, writing
 * on would never end.
 * @param writes of pullmedic that did not last: another writer had the object in between
 * @returns until when it is left alone; `undefined` = it may be written
 */
export function heldBackUntil(writes: readonly Instant[], now: Instant): Instant | undefined {
  const recent = writes.filter((at) => now - at < WRITES_KEPT_MS).sort((a, b) => a - b);
  const [oldest] = recent.slice(-MAX_WRITES);
  if (recent.length >= MAX_WRITES && oldest !== undefined) return oldest + WRITES_KEPT_MS;
  const last = recent.at(-1);
  return last !== undefined && now - last < ONCE_WITHIN_MS ? last + ONCE_WITHIN_MS : undefined;
}
