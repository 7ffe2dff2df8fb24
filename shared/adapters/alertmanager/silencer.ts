import * as z from 'zod/mini';
import type { AlertmanagerConfig } from '../../config/config.ts';
import { AlertmanagerError } from '../../domain/errors.ts';
import { redact } from '../../domain/redact.ts';
import type { Applied } from '../../domain/remedy/change.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Silencer } from '../../ports/silencer.ts';
import { type AlertmanagerCaller, callAlertmanager, describeCall, failedCall } from './call-alertmanager.ts';

const MINUTE_MS = 60_000;

export interface SilencerDependencies extends AlertmanagerCaller {
  readonly config: { load(): Promise<{ readonly alertmanagers: readonly AlertmanagerConfig[] }> };
  readonly clock: Clock;
}

const SilenceState = z.object({ status: z.object({ state: z.string() }) });
const Posted = z.object({ silenceID: z.string() });
const SilenceList = z.array(z.object({ id: z.string(), comment: z.string(), status: z.object({ state: z.string() }) }));

/** Silences over Alertmanager's API v2. It knows no idempotence key: the comment carries one. */
export function createSilencer(deps: SilencerDependencies): Silencer {
  async function find(url: string): Promise<AlertmanagerConfig | undefined> {
    return (await deps.config.load()).alertmanagers.find((one) => one.url === url);
  }

  async function call(to: AlertmanagerConfig, path: string, init: RequestInit) {
    const what = describeCall(to, path, init);
    const answer = await callAlertmanager(to, path, init, deps);
    if (answer.isOk || answer.status === 404) return { ...answer, stopped: undefined };
    return { ...answer, stopped: stoppedBy(what, answer) };
  }

  return {
    async silence({ alertmanager, matchers, minutes }, { by, now, id }) {
      const to = await find(alertmanager);
      if (to === undefined) return notConfigured(alertmanager);
      const list = await call(to, '/api/v2/silences', { method: 'GET' });
      if (list.stopped !== undefined) return list.stopped;
      const tag = `(pullmedic ${id})`;
      const known = parse(SilenceList, list.text, to).find(
        ({ comment, status }) => status.state !== 'expired' && comment.endsWith(tag),
      );
      if (known !== undefined) return { kind: 'already', at: deps.clock.now(), id: known.id };

      const posted = await call(to, '/api/v2/silences', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          matchers: matchers.map((matcher) => ({ ...matcher, isRegex: false, isEqual: true })),
          startsAt: new Date(now).toISOString(),
          endsAt: new Date(now + minutes * MINUTE_MS).toISOString(),
          createdBy: by,
          comment: `by ${by} from Slack ${tag}`,
        }),
      });
      if (posted.stopped !== undefined) return posted.stopped;
      return { kind: 'done', at: deps.clock.now(), id: parse(Posted, posted.text, to).silenceID };
    },

    async end({ alertmanager, silenceId }) {
      const to = await find(alertmanager);
      if (to === undefined) return notConfigured(alertmanager);
      const path = `/api/v2/silence/${encodeURIComponent(silenceId)}`;
      // An old Alertmanager answers 500 where it has ended already.
      const read = await call(to, path, { method: 'GET' });
      if (read.stopped !== undefined) return read.stopped;
      if (read.status === 404) return { kind: 'gone' };
      if (parse(SilenceState, read.text, to).status.state === 'expired') {
        return { kind: 'already', at: deps.clock.now() };
      }
      const ended = await call(to, path, { method: 'DELETE' });
      if (ended.stopped !== undefined) return ended.stopped;
      return ended.status === 404 ? { kind: 'gone' } : { kind: 'done', at: deps.clock.now() };
    },
  };
}

function notConfigured(alertmanager: string): Applied {
  return { kind: 'refused', why: `${alertmanager} is not among the configured \`alertmanagers\`` };
}

/** @throws {AlertmanagerError} for what may pass */
function stoppedBy(what: string, answer: { readonly status: number; readonly text: string }): Applied {
  const error = failedCall(what, answer);
  if (error.retry === 'retry') throw error;
  const why = redact(error.message).slice(0, 300);
  if (answer.status !== 401 && answer.status !== 403) return { kind: 'refused', why };
  return { kind: 'denied', why, command: undefined };
}

function parse<T>(schema: z.ZodMiniType<T>, text: string, { url }: AlertmanagerConfig): T {
  const parsed = schema.safeParse(readJson(text));
  if (parsed.success) return parsed.data;
  throw new AlertmanagerError(`${url}: an answer that is none of Alertmanager's`, { retry: 'give-up' });
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
