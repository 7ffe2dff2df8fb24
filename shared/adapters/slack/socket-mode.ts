import { setTimeout as sleep } from 'node:timers/promises';
import { SocketModeClient } from '@slack/socket-mode';
import type { Log } from '../../ports/log.ts';
import { SILENT_LOGGER } from './silent-logger.ts';
import type { SlackAccess } from './slack-call.ts';
import { toChatError } from './slack-errors.ts';

/** What Slack sends for a click, a submitted dialog or a shortcut; its shape is for whoever handles it. */
export type InteractivePayload = Readonly<Record<string, unknown>>;

export interface SocketModeOptions {
  /** The app-level token, and where Slack is; asked again for each connection. */
  readonly access: () => Promise<SlackAccess>;
  /**
   * Does what a payload asks for. A click is acknowledged first, so it has all the time that it needs; a submitted dialog
   * is acknowledged with the answer, for which Slack waits 3 s.
   */
  readonly onAction: (payload: InteractivePayload) => Promise<Readonly<Record<string, unknown>> | undefined>;
  readonly log: Log;
  /** Wait before the first new attempt; doubled up to a minute. Tests shorten it. */
  readonly retryMs?: number;
}

/** A connection to Slack that is kept up until it is stopped. */
export interface SocketMode {
  isConnected(): boolean;
  /** Closes the connection and lets actions under way end, at most so long. */
  stop(withinMs: number): Promise<void>;
}

const TIMEOUT_MS = 8_000;
const RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 60_000;
/** A connection that lived this long was a good one: the next attempt does not wait. */
const GOOD_AFTER_MS = 10_000;
const CLOSE_WITHIN_MS = 1_000;

/**
 * Socket Mode: Slack's clicks come over a WebSocket that this process opens, so nothing of Slack's must reach it.
 * Slack closes each connection after some hours and says so before; a new one is opened at once.
 */
export function startSocketMode({ access, onAction, log, retryMs = RETRY_MS }: SocketModeOptions): SocketMode {
  const stopping = new AbortController();
  const underWay = new Set<Promise<void>>();
  let isConnected = false;

  async function run(): Promise<void> {
    let waitMs = retryMs;
    while (!stopping.signal.aborted) {
      const startedAt = performance.now();
      try {
        await connectOnce();
      } catch (error) {
        log.warn('no Socket Mode connection, it is tried again', { seconds: waitMs / 1_000, error });
      }
      isConnected = false;
      if (performance.now() - startedAt > GOOD_AFTER_MS) waitMs = retryMs;
      else {
        await sleep(waitMs, undefined, { signal: stopping.signal }).catch(() => undefined);
        waitMs = Math.min(LONGEST_RETRY_MS, waitMs * 2);
      }
    }
  }

  /** Resolves when the connection has ended. @throws when there never was one */
  async function connectOnce(): Promise<void> {
    const { token, apiUrl } = await access();
    // Its own reconnecting leaves a rejection unhandled where Slack cannot be reached, which would end the process.
    const client = new SocketModeClient({
      appToken: token.reveal(),
      autoReconnectEnabled: false,
      logger: SILENT_LOGGER,
      clientOptions: {
        slackApiUrl: apiUrl,
        timeout: TIMEOUT_MS,
        retryConfig: { retries: 0 },
        rejectRateLimitedCalls: true,
        allowAbsoluteUrls: false,
      },
    });
    client.on('slack_event', (envelope: Envelope) => receive(envelope));
    let hasEnded = false;
    const ended = new Promise<void>((resolve) => {
      client.once('disconnected', () => {
        hasEnded = true;
        resolve();
      });
    });
    const stopped = new Promise<void>((resolve) => {
      if (stopping.signal.aborted) resolve();
      else stopping.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    try {
      const started = client.start().then(
        () => 'connected' as const,
        (error: unknown) => {
          throw error === undefined ? new Error('the WebSocket closed before its hello') : error;
        },
      );
      if ((await Promise.race([started, stopped])) === 'connected') {
        isConnected = true;
        log.info('Socket Mode connected');
        await Promise.race([ended, stopped]);
      } else started.catch(() => undefined);
    } catch (error) {
      throw toChatError('apps.connections.open', error);
    } finally {
      // Closing waits for Slack's own goodbye; a peer that is gone sends none.
      if (!hasEnded) await Promise.race([client.disconnect(), sleep(CLOSE_WITHIN_MS, undefined, { ref: false })]);
    }
  }

  function receive({ type, body, ack }: Envelope): void {
    const work = (async () => {
      if (type === 'interactive' && body['type'] === 'view_submission') {
        await ack(await onAction(body));
        return;
      }
      // First of all: Slack waits 3 s, and sends again what nobody acknowledged.
      await ack();
      if (type === 'interactive') await onAction(body);
    })().catch((error: unknown) => log.error('an action failed', { error }));
    underWay.add(work);
    void work.finally(() => underWay.delete(work));
  }

  const running = run();
  return {
    isConnected: () => isConnected,
    async stop(withinMs) {
      stopping.abort();
      await Promise.race([
        Promise.all([running, Promise.allSettled(underWay)]),
        sleep(withinMs, undefined, { ref: false }),
      ]);
    },
  };
}

interface Envelope {
  readonly type: string;
  readonly body: InteractivePayload;
  readonly ack: (answer?: Readonly<Record<string, unknown>>) => Promise<void>;
}
