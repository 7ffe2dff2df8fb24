import * as z from 'zod/mini';
import type { SlackAccess } from '../../shared/adapters/slack/slack-call.ts';
import type { InteractivePayload } from '../../shared/adapters/slack/socket-mode.ts';
import type { Log } from '../../shared/ports/log.ts';

const TIMEOUT_MS = 8_000;

/** What is needed of a click (docs.slack.dev/reference/interaction-payloads). */
const click = z.object({
  type: z.string(),
  user: z.object({ id: z.string() }),
  channel: z.optional(z.object({ id: z.string() })),
});

const ANSWER = 'Nothing was done: this pullmedic only advises. The message says what to do, and the commands for it.';

/**
 * Answers a click honestly, to the one who clicked: there is nothing yet that it could start. What cannot be answered
 * (a dialog, a shortcut) is logged.
 */
export function createActionAnswerer(deps: {
  /** The bot token. */
  readonly access: () => Promise<SlackAccess>;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly log: Log;
}): (payload: InteractivePayload) => Promise<void> {
  return async (payload) => {
    const { data } = click.safeParse(payload);
    if (data?.channel === undefined) {
      deps.log.warn('an action that nothing handles', { type: data?.type });
      return;
    }
    const { token, apiUrl } = await deps.access();
    const response = await deps.fetch(`${apiUrl}chat.postEphemeral`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token.reveal()}` },
      body: new URLSearchParams({ channel: data.channel.id, user: data.user.id, text: ANSWER }),
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const { ok, error } = (await response.json()) as { readonly ok?: boolean; readonly error?: string };
    if (ok !== true) deps.log.warn('a click was not answered', { reason: error ?? `HTTP ${response.status}` });
  };
}
