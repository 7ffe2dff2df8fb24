import { createHmac } from 'node:crypto';

/** Slack's request signature, version 0: docs.slack.dev/authentication/verifying-requests-from-slack. */
export function signSlackRequest(body: Buffer, timestampSeconds: number, secret: string): string {
  return `v0=${createHmac('sha256', secret).update(`v0:${timestampSeconds}:`).update(body).digest('hex')}`;
}
