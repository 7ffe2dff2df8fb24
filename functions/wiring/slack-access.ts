import type { SlackAccess } from '../../shared/adapters/slack/slack-call.ts';
import type { ConfigSource } from '../../shared/ports/config-source.ts';
import type { Credentials } from '../../shared/ports/credentials.ts';

/** How Slack is reached, asked anew for each call: a changed token or address is used at once; both sources cache. */
export function createSlackAccess({
  config,
  credentials,
}: {
  readonly config: ConfigSource;
  readonly credentials: Credentials;
}): () => Promise<SlackAccess> {
  return async () => {
    const { slack } = await config.load();
    return { token: await credentials.read(slack.botToken), apiUrl: slack.apiUrl };
  };
}
