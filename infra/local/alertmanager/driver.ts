import type { Pod } from '../../../shared/domain/kubernetes.ts';
import type { Clock } from '../../../shared/ports/clock.ts';
import type { Log } from '../../../shared/ports/log.ts';
import { type AlertTiming, createGroups } from './groups.ts';
import { webhookBody } from './payload.ts';
import { type Labels, pullAlerts } from './rule.ts';

/** Stands in for Prometheus and Alertmanager in front of the embedded stack. */
export interface AlertmanagerDriver {
  stop(): Promise<void>;
}

export interface AlertmanagerOptions {
  /** Where notifications go, and what proves them. */
  readonly url: string;
  readonly token: string;
  readonly cluster: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Pods that the rule sees. */
  readonly listPods: () => Promise<readonly Pod[]>;
  readonly timing?: AlertTiming | undefined;
  /** Whether somebody silenced an alert with these labels; left out = nobody. */
  readonly isSilenced?: ((labels: Labels) => boolean) | undefined;
  /** Waiting reasons of the rule; the usual mistake is to take one of them. */
  readonly reasons?: readonly string[] | undefined;
}

/** Sixty times as fast as the defaults (30 s, 5 m, 4 h), with a `for` of 1 m. */
const FAST: AlertTiming = { forMs: 1_000, groupWaitMs: 500, groupIntervalMs: 5_000, repeatIntervalMs: 240_000 };
const EVALUATE_EVERY_MS = 500;
/** Alertmanager retries a 5xx with back-off until the flush context ends: max(group_interval, 10 s). */
const RETRY_MS = [500, 1_000, 2_000, 4_000];

/** Watches pods and posts notifications as a real Alertmanager does: grouped by alert name and namespace. */
export function startAlertmanager(options: AlertmanagerOptions): AlertmanagerDriver {
  const { log } = options;
  const groups = createGroups(['alertname', 'namespace'], options.timing ?? FAST);
  const stopping = new AbortController();
  const sends = new Set<Promise<void>>();
  let isBusy = false;

  async function evaluate(): Promise<void> {
    if (isBusy) return;
    isBusy = true;
    try {
      const active = pullAlerts(await options.listPods(), options.cluster, options.reasons);
      for (const notification of groups.evaluate(active, options.clock.now())) {
        const alerts = notification.alerts.filter(({ labels }) => !options.isSilenced?.(labels));
        if (alerts.length === 0) continue;
        const sending = send(JSON.stringify(webhookBody({ ...notification, alerts }))).finally(() =>
          sends.delete(sending),
        );
        sends.add(sending);
      }
    } catch (error) {
      log.warn('alert rule not evaluated', { error });
    } finally {
      isBusy = false;
    }
  }

  async function send(body: string): Promise<void> {
    for (const waitMs of [...RETRY_MS, undefined]) {
      const status = await post(body);
      if (stopping.signal.aborted || (status !== undefined && status < 500)) {
        if (status !== undefined && status >= 300) log.warn('notification refused', { status });
        return;
      }
      if (waitMs !== undefined) await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
    log.warn('notification given up', {});
  }

  async function post(body: string): Promise<number | undefined> {
    try {
      const response = await fetch(options.url, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${options.token}`,
          'content-type': 'application/json',
          'user-agent': 'Alertmanager/0.34.2',
        },
        body,
        signal: AbortSignal.any([stopping.signal, AbortSignal.timeout(10_000)]),
      });
      await response.arrayBuffer();
      return response.status;
    } catch {
      return undefined;
    }
  }

  const timer = setInterval(() => void evaluate(), EVALUATE_EVERY_MS);
  return {
    async stop() {
      clearInterval(timer);
      stopping.abort();
      await Promise.allSettled(sends);
    },
  };
}
