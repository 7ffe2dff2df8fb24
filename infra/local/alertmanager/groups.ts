import { fingerprint } from './fingerprint.ts';
import type { Labels } from './rule.ts';

/** Alertmanager's route and rule timings, in milliseconds. */
export interface AlertTiming {
  /** The rule's `for`. */
  readonly forMs: number;
  readonly groupWaitMs: number;
  readonly groupIntervalMs: number;
  readonly repeatIntervalMs: number;
}

export interface AlertState {
  readonly labels: Labels;
  readonly fingerprint: string;
  readonly pendingSince: number;
  readonly startsAt: number | undefined;
  readonly endsAt: number | undefined;
}

interface Group {
  readonly labels: Labels;
  readonly alerts: Map<string, AlertState>;
  nextFlushAt: number;
  /** What the last notification said, and when. */
  sent: { readonly at: number; readonly firing: ReadonlySet<string> } | undefined;
}

/** A notification that is due. */
export interface Notification {
  readonly groupLabels: Labels;
  readonly reason: string;
  readonly alerts: readonly AlertState[];
}

export interface AlertGroups {
  /** Takes one evaluation of the rule. @returns what is to be sent now */
  evaluate(active: readonly Labels[], now: number): readonly Notification[];
}

/**
 * Prometheus's `for` and Alertmanager's grouping: a group is notified first after `group_wait`, then every
 * `group_interval` if something fired or resolved since, and every `repeat_interval` while it fires.
 */
export function createGroups(groupBy: readonly string[], timing: AlertTiming): AlertGroups {
  const groups = new Map<string, Group>();

  function take(labels: Labels, now: number): void {
    const groupLabels = Object.fromEntries(groupBy.map((name) => [name, labels[name] ?? '']));
    const key = JSON.stringify(groupLabels);
    const group = groups.get(key) ?? {
      labels: groupLabels,
      alerts: new Map(),
      nextFlushAt: Number.NaN,
      sent: undefined,
    };
    groups.set(key, group);
    const id = fingerprint(labels);
    const known = group.alerts.get(id);
    const isAgain = known === undefined || known.endsAt !== undefined;
    const pendingSince = isAgain ? now : known.pendingSince;
    const isFiring = now - pendingSince >= timing.forMs;
    const startsAt = isAgain ? (isFiring ? now : undefined) : (known.startsAt ?? (isFiring ? now : undefined));
    group.alerts.set(id, { labels, fingerprint: id, pendingSince, startsAt, endsAt: undefined });
    if (startsAt !== undefined && Number.isNaN(group.nextFlushAt)) group.nextFlushAt = now + timing.groupWaitMs;
  }

  function resolveAbsent(seen: ReadonlySet<string>, now: number): void {
    for (const group of groups.values()) {
      for (const [id, alert] of group.alerts) {
        if (seen.has(id) || alert.endsAt !== undefined) continue;
        // An alert that never fired is forgotten, as Prometheus does.
        if (alert.startsAt === undefined) group.alerts.delete(id);
        else group.alerts.set(id, { ...alert, endsAt: now });
      }
    }
  }

  function flush(group: Group, now: number): Notification | undefined {
    group.nextFlushAt = now + timing.groupIntervalMs;
    const alerts = [...group.alerts.values()].filter(({ startsAt }) => startsAt !== undefined);
    const firing = new Set(alerts.filter(({ endsAt }) => endsAt === undefined).map((alert) => alert.fingerprint));
    const wasFiring = group.sent?.firing ?? new Set<string>();
    const isAdded = [...firing].some((id) => !wasFiring.has(id));
    const isResolved = alerts.some(({ endsAt, fingerprint: id }) => endsAt !== undefined && wasFiring.has(id));
    const isRepeated = firing.size > 0 && group.sent !== undefined && now - group.sent.at >= timing.repeatIntervalMs;
    if (!isAdded && !isResolved && !isRepeated) return undefined;

    const reason = reasonOf({ isFirst: wasFiring.size === 0, isAdded, isResolved, isAllResolved: firing.size === 0 });
    group.sent = { at: now, firing };
    for (const [id, { endsAt }] of group.alerts) if (endsAt !== undefined) group.alerts.delete(id);
    return { groupLabels: group.labels, reason, alerts };
  }

  return {
    evaluate(active, now) {
      for (const labels of active) take(labels, now);
      resolveAbsent(new Set(active.map(fingerprint)), now);
      const due: Notification[] = [];
      for (const [key, group] of groups) {
        if (!(group.nextFlushAt <= now)) continue;
        const notification = flush(group, now);
        if (notification) due.push(notification);
        if (group.alerts.size === 0) groups.delete(key);
      }
      return due;
    },
  };
}

/** The words of Alertmanager 0.34's `notification_reason`. */
function reasonOf(what: {
  readonly isFirst: boolean;
  readonly isAdded: boolean;
  readonly isResolved: boolean;
  readonly isAllResolved: boolean;
}): string {
  if (what.isAllResolved) return 'all alerts resolved';
  if (what.isFirst) return 'first notification';
  if (what.isAdded) return 'new alerts added';
  return what.isResolved ? 'some alerts resolved' : 'repeat interval elapsed';
}
