import { WebClient } from '@slack/web-api';
import type { Secret } from '../../domain/secret.ts';
import type { SlackCall } from './channel-ids.ts';
import { SILENT_LOGGER } from './silent-logger.ts';
import { toChatError } from './slack-errors.ts';

/** Slack answers within a second or not at all; Lambda and the queue's visibility leave room for one such wait. */
const TIMEOUT_MS = 8_000;

/** How Slack is reached. */
export interface SlackAccess {
  readonly token: Secret;
  /** Ends with a slash: `https://slack.com/api/`. */
  readonly apiUrl: string;
}

export interface SlackCallOptions {
  /** Asked before each call, so that a changed token is used at once; whoever gives it caches. */
  readonly access: () => Promise<SlackAccess>;
  readonly timeoutMs?: number;
}

/** Calls methods of Slack's Web API, each once: when to try again is the caller's decision. Throws {ChatError}. */
export function createSlackCall({ access, timeoutMs = TIMEOUT_MS }: SlackCallOptions): SlackCall {
  let client: { readonly token: string; readonly apiUrl: string; readonly web: WebClient } | undefined;

  async function connect(): Promise<WebClient> {
    const { token, apiUrl } = await access();
    const value = token.reveal();
    if (client?.token !== value || client.apiUrl !== apiUrl) {
      const web = new WebClient(value, {
        slackApiUrl: apiUrl,
        timeout: timeoutMs,
        retryConfig: { retries: 0 },
        rejectRateLimitedCalls: true,
        allowAbsoluteUrls: false,
        logger: SILENT_LOGGER,
      });
      client = { token: value, apiUrl, web };
    }
    return client.web;
  }

  return async (method, options) => {
    const web = await connect();
    try {
      return (await web.apiCall(method, options)) as unknown as Readonly<Record<string, unknown>>;
    } catch (error) {
      throw toChatError(method, error);
    }
  };
}
