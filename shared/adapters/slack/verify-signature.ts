import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Instant } from '../../domain/instant.ts';
import type { Secret } from '../../domain/secret.ts';

/** Slack's own window: docs.slack.dev/authentication/verifying-requests-from-slack. */
const MAX_AGE_MS = 5 * 60_000;
/**
 * A request from the future keeps good for longer than the window, so it is refused. A minute is let through: a machine
 * whose clock lags by seconds would refuse every click else, and a replay within it is as harmless as one within the window.
 */
const MAX_SKEW_MS = 60_000;

/** What a request claims about itself: read from the headers alone, before the secret is fetched. */
export type Claim =
  | { readonly ok: true; readonly timestamp: string; readonly digest: Buffer }
  | { readonly ok: false; readonly why: string };

/**
 * Reads Slack's two headers and judges the time.
 * @param headers by name in any case, several values joined by commas as API Gateway does
 */
export function readClaim(headers: Readonly<Record<string, string | undefined>>, now: Instant): Claim {
  const timestamp = onlyValue(headers, 'x-slack-request-timestamp');
  const signature = onlyValue(headers, 'x-slack-signature');
  if (timestamp === undefined) return refuse('no X-Slack-Request-Timestamp, or more than one');
  if (signature === undefined) return refuse('no X-Slack-Signature, or more than one');
  if (!/^\d{1,12}$/.test(timestamp)) return refuse('X-Slack-Request-Timestamp is not a number of seconds');
  const ageMs = now - Number(timestamp) * 1_000;
  if (ageMs > MAX_AGE_MS) return refuse('the request is older than 5 minutes');
  if (ageMs < -MAX_SKEW_MS) return refuse('the request is from the future');
  const hex = /^v0=([0-9a-f]{64})$/.exec(signature)?.[1];
  if (hex === undefined) return refuse('X-Slack-Signature is not of version v0');
  return { ok: true, timestamp, digest: Buffer.from(hex, 'hex') };
}

/** Whether the claim's digest is that of these very bytes; in constant time. */
export function isSigned(body: Buffer, claim: Claim & { readonly ok: true }, secret: Secret): boolean {
  const expected = createHmac('sha256', secret.reveal()).update(`v0:${claim.timestamp}:`).update(body).digest();
  return timingSafeEqual(expected, claim.digest);
}

function refuse(why: string): Claim {
  return { ok: false, why };
}

function onlyValue(headers: Readonly<Record<string, string | undefined>>, name: string): string | undefined {
  const values = Object.entries(headers).flatMap(([key, value]) =>
    key.toLowerCase() === name && value !== undefined ? [value.trim()] : [],
  );
  const [value] = values;
  return values.length === 1 && value !== '' && !value?.includes(',') ? value : undefined;
}
