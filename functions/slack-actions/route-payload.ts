import { App, type Receiver } from '@slack/bolt';
import { SILENT_LOGGER } from '../../shared/adapters/slack/silent-logger.ts';

/** JSON of the answer to Slack; `undefined` = an empty one. */
export type SlackAnswer = Readonly<Record<string, unknown>> | undefined;

/** Does what a payload asks for. */
export type Act = (payload: Readonly<Record<string, unknown>>) => Promise<SlackAnswer>;

/**
 * Bolt's routing: clicks and submitted dialogs go to `act`, and Bolt's `ack` takes the answer. Everything else (shortcuts,
 * commands, events) this app has not got: it is acknowledged with nothing.
 *
 * Bolt's own receivers are not used: they parse a body before its signature is checked, and they answer before the work
 * is done, after which a Lambda is frozen (`processBeforeResponse`). `authorize` is given, so that Bolt asks Slack
 * nothing, and it has no token: whoever acts has a client of its own.
 */
export function createRouter(act: Act): Act {
  const app = new App({
    receiver: NO_RECEIVER,
    authorize: async () => ({}),
    ignoreSelf: false,
    logger: SILENT_LOGGER,
  });
  app.action(/[\s\S]*/, async ({ body, ack }) => {
    await act(body as unknown as Readonly<Record<string, unknown>>);
    await ack();
  });
  app.view({ callback_id: /[\s\S]*/, type: 'view_submission' }, async ({ body, ack }) => {
    const answer = await act(body as unknown as Readonly<Record<string, unknown>>);
    await (answer === undefined ? ack() : ack(answer as never));
  });
  app.error(async (error) => {
    // Bolt wraps what a listener threw; the edge translates the original.
    throw error.original ?? error;
  });

  return async (payload) => {
    let answer: SlackAnswer;
    await app.processEvent({
      body: payload,
      ack: async (response?: unknown) => {
        answer = typeof response === 'object' && response !== null ? (response as SlackAnswer) : undefined;
      },
    });
    return answer;
  };
}

const NO_RECEIVER: Receiver = { init() {}, start: async () => undefined, stop: async () => undefined };
