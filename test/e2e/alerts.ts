import type { Embedded } from './embedded.ts';

export interface AlertOptions {
  readonly status?: 'firing' | 'resolved';
  readonly labels: Readonly<Record<string, string>>;
  readonly startsAt?: string;
  readonly fingerprint?: string;
}

/** A notification, version 4, with the alerts that the test names. */
export function notification(alerts: readonly AlertOptions[], more: object = {}): object {
  const isFiring = alerts.some(({ status = 'firing' }) => status === 'firing');
  const at = new Date().toISOString();
  return {
    version: '4',
    groupKey: '{}:{alertname="KubePodImagePullBackOff"}',
    truncatedAlerts: 0,
    status: isFiring ? 'firing' : 'resolved',
    receiver: 'pullmedic',
    groupLabels: {},
    commonLabels: {},
    commonAnnotations: {},
    externalURL: 'http://127.0.0.1:9093',
    alerts: alerts.map(({ status = 'firing', labels, startsAt = at, fingerprint = 'a3e06aaff754a3fa' }) => ({
      status,
      labels,
      annotations: {},
      startsAt,
      endsAt: status === 'firing' ? '0001-01-01T00:00:00Z' : at,
      generatorURL: '',
      fingerprint,
    })),
    ...more,
  };
}

/** An alert as the stock rules give it for one pod. */
export function podAlert(namespace: string, pod: string, status: 'firing' | 'resolved' = 'firing'): AlertOptions {
  const labels = { alertname: 'KubePodImagePullBackOff', cluster: 'prod-eu', namespace, pod, container: 'app' };
  return { status, labels: { ...labels, reason: 'ImagePullBackOff', severity: 'warning' } };
}

/** Posts as Alertmanager does. @returns the status */
export async function post({ stack }: Embedded, body: object, path = ''): Promise<number> {
  const response = await fetch(`${stack.ready.alerts.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${stack.ready.alerts.token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  await response.arrayBuffer();
  return response.status;
}
