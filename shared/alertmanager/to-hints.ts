import type { Config } from '../config/config.ts';
import type { AlertHint } from '../domain/jobs.ts';
import { DIAGNOSED } from '../domain/outgoing-alert.ts';
import { isPullReason } from '../domain/pull-reasons.ts';
import { type Scope, scopeKey } from '../domain/scope.ts';
import { fingerprintOf, ownLabels, toAlertHint } from './alert-hint.ts';
import { alertTarget } from './alert-target.ts';
import type { Notification, NotificationAlert } from './schema.ts';

export const MAX_HINTS = 20;
/** Of JSON, for one job: ten such jobs fit into one SQS batch of 256 KiB. */
const MAX_HINT_BYTES = 16 * 1024;

/** Alerts of one name that begin within this time and cannot be routed are told in one notice. */
const NOTICE_BUCKET_MS = 5 * 60_000;

/** A scope that is worth a look, and who says so. */
export interface ScopeHint {
  readonly scope: Scope;
  /** At most 20. */
  readonly alerts: readonly AlertHint[];
  readonly alertCount: number;
  readonly isClusterAssumed: boolean;
}

/** Alerts about pulls that belong to no cluster that may be looked at: posted raw. */
export interface UnroutedAlerts {
  /** The same for the same alerts, however often they are sent. */
  readonly id: string;
  readonly alerts: readonly AlertHint[];
  readonly reason: string;
}

export interface Hints {
  readonly scopes: readonly ScopeHint[];
  readonly unrouted: readonly UnroutedAlerts[];
  /** Alerts about image pulls, routed or not. */
  readonly accepted: number;
  /** Clusters whose alerting says that it works: an ignored alert, and a sign of life. */
  readonly heartbeats: readonly string[];
  readonly ignored: readonly { readonly name: string; readonly count: number }[];
}

/** What is known of the call beside its body. */
export interface CallContext {
  readonly config: Pick<Config, 'clusters' | 'alerts'>;
  /** `/alerts/<cluster>`; wins over the label. */
  readonly pathCluster: string | undefined;
  /** Clusters that the caller's token may speak for; `undefined` = all. */
  readonly allowedClusters: readonly string[] | undefined;
}

/** A notification ─▶ scopes to look at, each once, however many alerts name it. */
export function toHints(notification: Notification, context: CallContext): Hints {
  const scopes = new Map<string, { scope: Scope; alerts: NotificationAlert[]; isClusterAssumed: boolean }>();
  const unrouted = new Map<string, { alerts: NotificationAlert[]; reason: string }>();
  const ignored = new Map<string, number>();
  const heartbeats = new Set<string>();
  let accepted = 0;

  for (const alert of notification.alerts) {
    const labels = ownLabels(alert.labels);
    if (!isAboutPulls(labels, context.config.alerts.names)) {
      const name = labels['alertname'] ?? 'unnamed alert';
      ignored.set(name, (ignored.get(name) ?? 0) + 1);
      const { cluster } = routeCluster(labels, context);
      const isHeartbeat = name === context.config.alerts.watchdog.name && alert.status === 'firing';
      if (isHeartbeat && cluster !== undefined) heartbeats.add(cluster);
      continue;
    }
    accepted += 1;
    const routed = routeCluster(labels, context);
    if (routed.cluster === undefined) {
      const key = `${routed.reason}\n${noticeBucket(alert, labels)}`;
      entry(unrouted, key, () => ({ alerts: [], reason: routed.reason })).alerts.push(alert);
      continue;
    }
    const { cluster, isAssumed } = routed;
    for (const scope of scopesOf(labels, cluster, notification)) {
      const found = entry(scopes, scopeKey(scope), () => ({ scope, alerts: [], isClusterAssumed: isAssumed }));
      found.alerts.push(alert);
      found.isClusterAssumed &&= isAssumed;
    }
  }

  return {
    scopes: [...scopes.values()].map(({ scope, alerts, isClusterAssumed }) => ({
      scope,
      alerts: smallHints(alerts),
      alertCount: alerts.length,
      isClusterAssumed,
    })),
    unrouted: [...unrouted.values()].map(({ alerts, reason }) => ({
      id: noticeId(alerts),
      alerts: smallHints(alerts),
      reason: alerts.length > MAX_HINTS ? `${reason} (${alerts.length} alerts)` : reason,
    })),
    accepted,
    heartbeats: [...heartbeats],
    ignored: [...ignored].map(([name, count]) => ({ name, count })),
  };
}

function isAboutPulls(labels: Readonly<Record<string, string>>, names: readonly string[]): boolean {
  const name = labels['alertname'];
  // Its own alert, which it posts back to Alertmanager: triaging it would never end.
  if (name === DIAGNOSED) return false;
  return (name !== undefined && names.includes(name)) || isPullReason(labels['reason']);
}

type RoutedCluster =
  | { readonly cluster: string; readonly isAssumed: boolean }
  | { readonly cluster: undefined; readonly reason: string };

/** Path, else label; with one cluster configured it is that one in any case; with several nothing is guessed. */
function routeCluster(labels: Readonly<Record<string, string>>, context: CallContext): RoutedCluster {
  const { clusters, alerts } = context.config;
  const named = context.pathCluster ?? labels[alerts.clusterLabel];
  const known = clusters.find(({ name }) => name === named);
  const only = clusters.length === 1 ? clusters[0] : undefined;
  const cluster = known ?? only;
  if (cluster === undefined) {
    const reason =
      named === undefined
        ? `the alert has no label ${alerts.clusterLabel}, and several clusters are configured`
        : 'the alert names a cluster that is not configured';
    return { cluster: undefined, reason };
  }
  if (context.allowedClusters !== undefined && !context.allowedClusters.includes(cluster.name)) {
    return { cluster: undefined, reason: `the token that sent it may not speak for cluster ${cluster.name}` };
  }
  return { cluster: cluster.name, isAssumed: known === undefined };
}

/**
 * The scope that an alert names. Alerts that were cut off may be anywhere that the group does not exclude: where the
 * group itself names neither a namespace nor a node, the cluster is looked at too.
 */
function scopesOf(
  labels: Readonly<Record<string, string>>,
  cluster: string,
  { truncatedAlerts, groupLabels }: Notification,
): readonly Scope[] {
  const own: Scope = { ...alertTarget(labels), cluster };
  if (truncatedAlerts === 0 || own.kind === 'cluster') return [own];
  const group = ownLabels(groupLabels);
  if (group['namespace'] !== undefined || group['node'] !== undefined) return [own];
  return [own, { kind: 'cluster', cluster }];
}

/** The first 20 alerts, fewer where their labels are large. There is always one. */
function smallHints(alerts: readonly NotificationAlert[]): readonly AlertHint[] {
  const hints: AlertHint[] = [];
  let bytes = 0;
  for (const alert of alerts.slice(0, MAX_HINTS)) {
    const hint = toAlertHint(alert);
    bytes += Buffer.byteLength(JSON.stringify(hint));
    if (hints.length > 0 && bytes > MAX_HINT_BYTES) break;
    hints.push(hint);
  }
  return hints;
}

/** Alerts of one rule that began together share a notice: 300 alerts of an unknown cluster are one message. */
function noticeBucket(alert: NotificationAlert, labels: Readonly<Record<string, string>>): string {
  const startsAt = Date.parse(alert.startsAt ?? '');
  return `${labels['alertname']}\n${Math.floor((Number.isNaN(startsAt) ? 0 : startsAt) / NOTICE_BUCKET_MS)}`;
}

function noticeId(alerts: readonly NotificationAlert[]): string {
  const ids = alerts.map((alert) => `${fingerprintOf(alert)}/${startText(alert)}`);
  // The least one stands for all: the order of alerts in a notification means nothing.
  return `unrouted/${ids.sort()[0]}`;
}

function startText(alert: NotificationAlert): string {
  const startsAt = Date.parse(alert.startsAt ?? '');
  return Number.isNaN(startsAt) ? 'unknown' : new Date(startsAt).toISOString();
}

function entry<Value>(map: Map<string, Value>, key: string, create: () => Value): Value {
  const found = map.get(key);
  if (found !== undefined) return found;
  const created = create();
  map.set(key, created);
  return created;
}
