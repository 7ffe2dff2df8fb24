import type { RateLimitFact } from '../../domain/registry-answer.ts';

/** `100;w=21600`: a number and the seconds that it is for (Docker Hub; absent = not limited). */
const LIMIT = /^\s*(\d{1,9})\s*;\s*w=(\d{1,9})\s*$/;
/** An address or an account's id; anything else is not repeated. */
const SOURCE = /^[\w.:-]{1,64}$/;

/** What Docker Hub tells of its limit on every answer about a manifest. */
export function readRateLimit(headers: Readonly<Record<string, string | undefined>>): RateLimitFact | undefined {
  const [, limit, windowSeconds] = LIMIT.exec(headers['ratelimit-limit'] ?? '') ?? [];
  if (limit === undefined || windowSeconds === undefined) return undefined;
  const remaining = LIMIT.exec(headers['ratelimit-remaining'] ?? '')?.[1];
  const source = headers['docker-ratelimit-source']?.trim();
  return {
    limit: Number(limit),
    windowSeconds: Number(windowSeconds),
    remaining: remaining === undefined ? undefined : Number(remaining),
    source: source !== undefined && SOURCE.test(source) ? source : undefined,
  };
}

/** The newest answer counts; one without the headers takes nothing back. */
export function rememberRateLimit(
  headers: Readonly<Record<string, string | undefined>>,
  findings: { rateLimit?: RateLimitFact | undefined },
): void {
  findings.rateLimit = readRateLimit(headers) ?? findings.rateLimit;
}
