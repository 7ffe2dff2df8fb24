import * as z from 'zod/mini';
import type { AlertmanagerConfig } from '../../config/config.ts';
import { AlertmanagerError } from '../../domain/errors.ts';
import { type Instant, parseInstant } from '../../domain/instant.ts';
import type { OutgoingAlert, Silence } from '../../domain/outgoing-alert.ts';
import type { AlertSink } from '../../ports/alert-sink.ts';
import type { Clock } from '../../ports/clock.ts';
import { type AlertmanagerCaller, callAlertmanager, describeCall, failedCall } from './call-alertmanager.ts';

/** Looks come every few seconds: one that does not answer must not cost each of them the timeout. */
const REST_MS = 30_000;
const SILENCES_KEPT_MS = 30_000;

export interface AlertSinkDependencies extends AlertmanagerCaller {
  readonly clock: Clock;
}

/** Alertmanager's API v2 (`api/v2/openapi.yaml`), which has not changed since 0.17 but for `isEqual` in 0.22. */
export function createAlertSink(deps: AlertSinkDependencies): AlertSink {
  const resting = new Map<string, Instant>();
  const known = new Map<string, { readonly until: Instant; readonly silences: Promise<readonly Silence[]> }>();

  async function call(to: AlertmanagerConfig, path: string, init: RequestInit): Promise<string> {
    const what = describeCall(to, path, init);
    if ((resting.get(to.url) ?? 0) > deps.clock.now()) {
      throw new AlertmanagerError(`${what}: not asked, it did not answer a moment ago`, { retry: 'retry' });
    }
    try {
      const answer = await callAlertmanager(to, path, init, deps);
      if (answer.isOk) return answer.text;
      throw failedCall(what, answer);
    } catch (error) {
      if (error instanceof AlertmanagerError && error.retry === 'retry')
        resting.set(to.url, deps.clock.now() + REST_MS);
      throw error;
    }
  }

  async function readSilences(of: AlertmanagerConfig): Promise<readonly Silence[]> {
    // Its `filter` picks silences by their own matchers, not by what they match: all of them are read.
    const text = await call(of, '/api/v2/silences', { method: 'GET' });
    return parseSilences(text, of.url);
  }

  return {
    async post(to, alerts) {
      await call(to, '/api/v2/alerts', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(alerts.map((alert) => toPostable(alert, to.generatorUrl))),
      });
    },

    silences(of) {
      const cached = known.get(of.url);
      if (cached !== undefined && cached.until > deps.clock.now()) return cached.silences;
      const entry = { until: deps.clock.now() + SILENCES_KEPT_MS, silences: readSilences(of) };
      known.set(of.url, entry);
      // A failure is not kept: the next call asks again.
      entry.silences.catch(() => {
        if (known.get(of.url) === entry) known.delete(of.url);
      });
      return entry.silences;
    },
  };
}

function toPostable({ labels, annotations, startsAt, endsAt }: OutgoingAlert, generatorUrl: string | undefined) {
  return {
    labels,
    annotations,
    startsAt: new Date(startsAt).toISOString(),
    endsAt: new Date(endsAt).toISOString(),
    generatorURL: generatorUrl ?? '',
  };
}

const SilenceList = z.array(
  z.object({
    status: z.object({ state: z.string() }),
    endsAt: z.string(),
    matchers: z.array(
      z.object({
        name: z.string(),
        value: z.string(),
        isRegex: z.boolean(),
        // Before 0.22 there were only equal ones.
        isEqual: z._default(z.boolean(), true),
      }),
    ),
  }),
);

function parseSilences(text: string, url: string): readonly Silence[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new AlertmanagerError(`GET ${url}/api/v2/silences: not JSON`, { retry: 'give-up', cause });
  }
  const parsed = SilenceList.safeParse(json);
  if (!parsed.success) {
    throw new AlertmanagerError(`GET ${url}/api/v2/silences: not a list of silences`, { retry: 'give-up' });
  }
  return parsed.data.flatMap(({ status, endsAt, matchers }) => {
    const end = parseInstant(endsAt);
    return status.state === 'active' && end !== undefined ? [{ matchers, endsAt: end }] : [];
  });
}
