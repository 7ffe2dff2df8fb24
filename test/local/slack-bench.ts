import { WebClient } from '@slack/web-api';
import { type LocalSlack, type LocalSlackOptions, startSlack } from '../../infra/local/slack/server.ts';
import { SILENT_LOGGER } from '../../shared/adapters/slack/silent-logger.ts';

export const TOKEN = 'xoxb-test';
const running: LocalSlack[] = [];

/** An embedded Slack and the official client that talks to it. */
export async function start(
  options: Partial<LocalSlackOptions> = {},
): Promise<{ slack: LocalSlack; client: WebClient; channel: string }> {
  const slack = await startSlack({
    clock: { now: () => 1_700_000_000_000 },
    token: TOKEN,
    channels: ['alerts', 'team-shop'],
    postBurst: 100,
    ...options,
  });
  running.push(slack);
  const client = new WebClient(TOKEN, {
    slackApiUrl: slack.apiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    logger: SILENT_LOGGER,
  });
  return { slack, client, channel: slack.workspace.findChannel('alerts')?.id ?? '' };
}

export async function stopAll(): Promise<void> {
  await Promise.all(running.splice(0).map((slack) => slack.stop()));
}

/** Slack's error word, `no error` where the call succeeds. */
export async function errorOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'no error';
  } catch (error) {
    const { data, code } = error as { data?: { error?: string }; code?: string };
    return data?.error ?? String(code);
  }
}
