import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

const WINDOW_SECONDS = 300;

/** Slack's request signature, version 0: docs.slack.dev/authentication/verifying-requests-from-slack. */
export function signSlackRequest(body: Buffer, timestampSeconds: number, secret: string): string {
  return `v0=${createHmac('sha256', secret).update(`v0:${timestampSeconds}:`).update(body).digest('hex')}`;
}

/** @param nowMs the clocks that the sender may go by: the machine's and the embedded one */
export function isSignedBySlack(
  body: Buffer,
  headers: IncomingHttpHeaders,
  secret: string,
  nowMs: readonly number[],
): boolean {
  const timestamp = Number(headers['x-slack-request-timestamp']);
  const given = headers['x-slack-signature'];
  if (!Number.isInteger(timestamp) || typeof given !== 'string') return false;
  if (!nowMs.some((now) => Math.abs(now / 1_000 - timestamp) <= WINDOW_SECONDS)) return false;
  const [a, b] = [Buffer.from(given), Buffer.from(signSlackRequest(body, timestamp, secret))];
  return a.length === b.length && timingSafeEqual(a, b);
}
