/** chat.postMessage: about one a second and channel, short bursts allowed (docs.slack.dev/apis/web-api/rate-limits). */
export interface RateLimit {
  /** @returns seconds to wait, 0 = go ahead */
  take(key: string): number;
}

/** A token bucket per key over the real (monotonic) clock. */
export function createRateLimit(options: { readonly perSecond: number; readonly burst: number }): RateLimit {
  const buckets = new Map<string, { tokens: number; atMs: number }>();
  return {
    take(key) {
      const now = performance.now();
      const bucket = buckets.get(key) ?? { tokens: options.burst, atMs: now };
      buckets.set(key, bucket);
      bucket.tokens = Math.min(options.burst, bucket.tokens + ((now - bucket.atMs) / 1_000) * options.perSecond);
      bucket.atMs = now;
      if (bucket.tokens < 1) return Math.max(1, Math.ceil((1 - bucket.tokens) / options.perSecond));
      bucket.tokens -= 1;
      return 0;
    },
  };
}
