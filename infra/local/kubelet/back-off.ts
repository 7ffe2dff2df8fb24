import type { ScaledTime } from './scaled-time.ts';

/** The kubelet's pull back-off: 10 s, doubling, at most 300 s, keyed by pod UID and image. */
export interface BackOff {
  isWaiting(key: string): boolean;
  /** Remembers a failure and what it said. */
  failed(key: string, error: string): void;
  lastError(key: string): string | undefined;
  /** Forgets everything of a pod that is gone. */
  forget(podUid: string): void;
}

const INITIAL_MS = 10_000;
const LIMIT_MS = 300_000;

export function createBackOff(time: ScaledTime): BackOff {
  const entries = new Map<string, { delayMs: number; at: number; error: string }>();
  return {
    isWaiting(key) {
      const entry = entries.get(key);
      return entry !== undefined && time.now() - entry.at < entry.delayMs;
    },
    failed(key, error) {
      const entry = entries.get(key);
      const at = time.now();
      // client-go's Backoff starts over once an entry is older than twice the limit.
      const isStale = !entry || at - entry.at > 2 * LIMIT_MS;
      entries.set(key, { delayMs: isStale ? INITIAL_MS : Math.min(entry.delayMs * 2, LIMIT_MS), at, error });
    },
    lastError: (key) => entries.get(key)?.error,
    forget(podUid) {
      for (const key of entries.keys()) if (key.startsWith(`${podUid}_`)) entries.delete(key);
    },
  };
}
