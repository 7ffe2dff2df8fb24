import { describeNetworkFailure } from '../../domain/describe-network-failure.ts';
import { AlertmanagerError } from '../../domain/errors.ts';
import type { Probe, WebhookProbe } from '../../ports/inspection.ts';
import { type AlertmanagerCaller, callAlertmanager } from './call-alertmanager.ts';

const TIMEOUT_MS = 8_000;
/** Enough of an answer to say what it was. */
const SHOWN = 300;

/** Alertmanager's body, version 4, about nothing: it is checked like any other and asks for no work. */
const NOTHING = {
  version: '4',
  receiver: 'pullmedic-doctor',
  status: 'firing',
  groupKey: '{}:{}',
  groupLabels: {},
  commonLabels: {},
  commonAnnotations: {},
  externalURL: '',
  truncatedAlerts: 0,
  alerts: [],
};

/** Both directions between Alertmanager and pullmedic, tried by hand. */
export function createWebhookProbe(caller: AlertmanagerCaller): WebhookProbe {
  return {
    async notify(url, authorization) {
      try {
        const response = await caller.fetch(url, {
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization: authorization.reveal() },
          body: JSON.stringify(NOTHING),
          redirect: 'manual',
          signal: AbortSignal.timeout(caller.timeoutMs ?? TIMEOUT_MS),
        });
        return { kind: 'answered', status: response.status, text: (await response.text()).slice(0, SHOWN) };
      } catch (error) {
        return unreachable(error);
      }
    },

    async alertmanager(to) {
      try {
        const { status, text } = await callAlertmanager(to, '/api/v2/status', {}, caller);
        return { kind: 'answered', status, text: text.slice(0, SHOWN) };
      } catch (error) {
        if (!(error instanceof AlertmanagerError)) throw error;
        return unreachable(error.cause);
      }
    },
  };
}

function unreachable(error: unknown): Probe {
  const isLate = error instanceof Error && error.name === 'TimeoutError';
  return { kind: 'unreachable', why: isLate ? 'no answer in time' : describeNetworkFailure(error) };
}
