import { ChatError } from '../../shared/domain/errors.ts';
import type { Instant } from '../../shared/domain/instant.ts';
import type { Secret } from '../../shared/domain/secret.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import { DEAD_LETTER_EVENT_TYPE, type DeadLetterMessage } from './handler.ts';

const TIMEOUT_MS = 8_000;

/** The same failure is told once an hour, however many of its jobs come. */
const REPEAT_AFTER_MS = 3_600_000;

export interface SlackConnection {
  readonly token: Secret;
  /** Ends with a slash. */
  readonly apiUrl: string;
}

export interface SlackPosterDeps {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly connect: () => Promise<SlackConnection>;
  readonly clock: Clock;
}

interface SlackAnswer {
  readonly ok: boolean;
  readonly error?: string;
  readonly channel?: string;
  readonly messages?: readonly {
    readonly metadata?: { readonly event_type?: string; readonly event_payload?: { readonly id?: unknown } };
  }[];
}

/**
 * `chat.postMessage` and `conversations.history` by bare HTTP: Slack's client is part of what may have failed.
 * The function that it returns throws {ChatError} when Slack did not take the message.
 */
export function createSlackPoster({ fetch, connect, clock }: SlackPosterDeps) {
  /** Reading history needs the channel's id; an answer to a post tells the one of a name. */
  const channelIds = new Map<string, string>();
  const postedAt = new Map<string, Instant>();

  return async function post(message: DeadLetterMessage): Promise<void> {
    const { id } = message.metadata.event_payload;
    const now = clock.now();
    if ([...postedAt].some(([told, at]) => hasTold(told, id) && now - at < REPEAT_AFTER_MS)) return;

    const connection = await connect();
    const channel = channelIds.get(message.channel) ?? message.channel;
    if (!(await wasPosted(id, channel, connection, now))) {
      const answer = await call('chat.postMessage', message, connection);
      if (answer.channel !== undefined) channelIds.set(message.channel, answer.channel);
    }
    postedAt.set(id, now);
  };

  /** `false` also where history cannot be read: said twice is better than not at all. */
  async function wasPosted(id: string, channel: string, connection: SlackConnection, now: Instant): Promise<boolean> {
    const oldest = ((now - REPEAT_AFTER_MS) / 1000).toFixed(6);
    const request = { channel, oldest, limit: 200, include_all_metadata: true };
    try {
      const { messages = [] } = await call('conversations.history', request, connection);
      return messages.some(
        ({ metadata }) => metadata?.event_type === DEAD_LETTER_EVENT_TYPE && hasTold(metadata.event_payload?.id, id),
      );
    } catch (error) {
      if (error instanceof ChatError) return false;
      throw error;
    }
  }

  async function call(method: string, body: object, { token, apiUrl }: SlackConnection): Promise<SlackAnswer> {
    let response: Response;
    let answer: SlackAnswer;
    try {
      response = await fetch(`${apiUrl}${method}`, {
        method: 'POST',
        // Slack's reading methods take no JSON; every method takes a form, with JSON in its nested fields.
        headers: { authorization: `Bearer ${token.reveal()}` },
        body: new URLSearchParams(
          Object.entries(body).map(([key, value]): [string, string] => [
            key,
            typeof value === 'string' ? value : JSON.stringify(value),
          ]),
        ),
        redirect: 'error',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      answer = (await response.json()) as SlackAnswer;
    } catch (cause) {
      throw new ChatError(method, 'no answer', { retry: 'retry', cause });
    }
    if (answer?.ok !== true) {
      const retryAfterSeconds = Number(response.headers.get('retry-after') ?? '') || undefined;
      throw new ChatError(method, answer?.error ?? `HTTP ${response.status}`, { retry: 'retry', retryAfterSeconds });
    }
    return answer;
  }
}

/** Whether the message with the id `told` says what one with this id would say. */
function hasTold(told: unknown, id: string): boolean {
  return told === id || (id.endsWith('/') && typeof told === 'string' && told.startsWith(id));
}
