import type { AlertState, Notification } from './groups.ts';

const NEVER = '0001-01-01T00:00:00Z';

/** The webhook body, version 4, as Alertmanager 0.34 sends it. */
export function webhookBody({ groupLabels, reason, alerts }: Notification) {
  const isFiring = alerts.some(({ endsAt }) => endsAt === undefined);
  const group = Object.entries(groupLabels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return {
    receiver: 'pullmedic',
    status: isFiring ? 'firing' : 'resolved',
    alerts: alerts.map(alertBody),
    notification_reason: reason,
    groupLabels,
    commonLabels: common(alerts.map(({ labels }) => labels)),
    commonAnnotations: common(alerts.map(annotationsOf)),
    routeLabels: {},
    externalURL: 'http://127.0.0.1:9093',
    version: '4',
    groupKey: `{}:{${group.join(', ')}}`,
    truncatedAlerts: 0,
  };
}

function alertBody(alert: AlertState) {
  return {
    status: alert.endsAt === undefined ? 'firing' : 'resolved',
    labels: alert.labels,
    annotations: annotationsOf(alert),
    startsAt: new Date(alert.startsAt ?? alert.pendingSince).toISOString(),
    endsAt: alert.endsAt === undefined ? NEVER : new Date(alert.endsAt).toISOString(),
    generatorURL: 'http://127.0.0.1:9090/graph?g0.expr=kube_pod_container_status_waiting_reason&g0.tab=1',
    fingerprint: alert.fingerprint,
  };
}

function annotationsOf({ labels }: AlertState): Record<string, string> {
  return {
    summary: `Pod ${labels['namespace']}/${labels['pod']} cannot pull the image of ${labels['container']}`,
  };
}

/** What all of them share. */
function common(sets: readonly Readonly<Record<string, string>>[]): Record<string, string> {
  const [first = {}, ...rest] = sets;
  return Object.fromEntries(Object.entries(first).filter(([name, value]) => rest.every((set) => set[name] === value)));
}
