import type { Clock } from '../../../shared/ports/clock.ts';
import type { Json } from './elements.ts';
import type { AppAnswer } from './interactions.ts';
import { signSlackRequest } from './sign-request.ts';

/** Slack waits no longer for an app. */
const APP_TIMEOUT_MS = 3_000;

/** A signed request as Slack makes it. */
export interface SignedForm {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export function signedForm(payload: Json, secret: string, clock: Clock): SignedForm {
  const body = Buffer.from(new URLSearchParams({ payload: JSON.stringify(payload) }).toString());
  const seconds = Math.floor(clock.now() / 1_000);
  return {
    body,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
      'x-slack-request-timestamp': String(seconds),
      'x-slack-signature': signSlackRequest(body, seconds, secret),
    },
  };
}

/** Posts payloads to the app's interactivity address, signed; the app has 3 s. */
export function createSender(options: {
  readonly url: string;
  readonly secret: string;
  readonly clock: Clock;
}): (payload: Json) => Promise<AppAnswer> {
  return async (payload) => {
    try {
      const response = await fetch(options.url, {
        method: 'POST',
        ...signedForm(payload, options.secret, options.clock),
        redirect: 'error',
        signal: AbortSignal.timeout(APP_TIMEOUT_MS),
      });
      return { status: response.status, body: await response.text() };
    } catch {
      return 'silent';
    }
  };
}
