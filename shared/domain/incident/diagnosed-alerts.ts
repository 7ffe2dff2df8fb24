import { findingLine } from '../finding-line.ts';
import type { Dot, Member } from '../incident.ts';
import type { Instant } from '../instant.ts';
import { type AlertLabels, DIAGNOSED, type OutgoingAlert } from '../outgoing-alert.ts';
import type { DiagnosedFailure } from './build-members.ts';
import { memberKey, workloadLabel } from './member-key.ts';
import { isUnknown } from './slot.ts';

/** An alert ends by itself this long after it was last sent: looks that stop must not leave it firing. */
const LASTS_MS = 10 * 60_000;
/** Looks of a quiet incident are five minutes apart: each of those sends it again, and lively ones do not every time. */
const REFRESH_MS = 2 * 60_000;
/** Of one namespace. */
export const MAX_DIAGNOSED_ALERTS = 500;

/** What tells one of pullmedic's alerts from another within its namespace. */
export interface ToldAlert {
  readonly pod: string;
  readonly container: string;
  readonly cause: string;
  readonly severity: string;
  readonly startsAt: Instant;
  /** Said once more when it ends. */
  readonly summary: string;
}

/** What an Alertmanager was told of one namespace. */
export interface ToldAlerts {
  /** When it was last told all of it. */
  readonly at: Instant;
  readonly alerts: readonly ToldAlert[];
}

/** A told alert with what explains it. */
export interface DiagnosedAlert extends ToldAlert {
  readonly annotations: Readonly<Record<string, string>>;
}

/** What is known of a failing member beside its failures. */
export interface MemberWord {
  readonly member: Member;
  readonly severity: string;
  readonly runbook: string | undefined;
}

/** Dots as the severities that alert routes know. */
export function severityOf(dot: Dot): string {
  return dot === 'red' ? 'critical' : dot === 'orange' ? 'warning' : 'info';
}

/**
 * One alert for each failing container that is understood: the inhibit rule mutes the raw alert of the same pod, and
 * nothing may mute an alert that nobody explains.
 */
export function diagnosedAlerts(
  diagnosed: readonly DiagnosedFailure[],
  words: ReadonlyMap<string, MemberWord>,
): readonly DiagnosedAlert[] {
  const alerts = new Map<string, DiagnosedAlert>();
  for (const { failure, findings } of diagnosed) {
    const { namespace, workload, container, pod } = failure;
    const [finding] = findings;
    if (namespace === undefined || workload === undefined || container === undefined || pod === undefined) continue;
    const word = words.get(memberKey(namespace, workload, container.name));
    if (word === undefined || finding === undefined || isUnknown(finding)) continue;
    const summary = `${workloadLabel(word.member)} cannot pull its image: ${finding.phrase || finding.title}`;
    alerts.set(`${pod.name}/${container.name}`, {
      pod: pod.name,
      container: container.name,
      cause: finding.causeId,
      severity: word.severity,
      startsAt: failure.firstFailedAt ?? pod.createdAt ?? failure.observedAt,
      summary,
      annotations: {
        summary,
        description: findingLine(finding),
        runbook: word.runbook ?? finding.docs,
      },
    });
  }
  return [...alerts.values()].sort(byName);
}

/**
 * What to send so that an Alertmanager knows exactly what fails now, and what it then knows.
 * @param isAwaited whether a container that does not fail in this look still waits for its image: kubelets flip
 * @returns `undefined` where it knows all of it already
 */
export function planAlerts(
  fresh: readonly DiagnosedAlert[],
  told: ToldAlerts | undefined,
  where: { readonly cluster: string; readonly clusterLabel: string; readonly namespace: string },
  isAwaited: (pod: string, container: string) => boolean,
  now: Instant,
): { readonly send: readonly OutgoingAlert[]; readonly told: ToldAlerts } | undefined {
  const before = told?.alerts ?? [];
  const isFresh = (one: ToldAlert) => fresh.some(({ pod, container }) => isSame({ pod, container }, one));
  const firing: readonly DiagnosedAlert[] = fresh
    .slice(0, MAX_DIAGNOSED_ALERTS)
    .map((one) => ({ ...one, startsAt: before.find((old) => isEqual(old, one))?.startsAt ?? one.startsAt }));
  // Kept and not sent again: if nothing more is heard of it, it ends by itself.
  const waiting = before.filter((one) => !isFresh(one) && isAwaited(one.pod, one.container));
  const over = before.filter((old) => ![...firing, ...waiting].some((one) => isEqual(old, one)));
  const isNew = firing.some((one) => !before.some((old) => isEqual(old, one)));
  const isDue = firing.length > 0 && now - (told?.at ?? 0) >= REFRESH_MS;
  if (over.length === 0 && !isNew && !isDue) return undefined;
  return {
    send: [
      ...firing.map((one) => toAlert(one, one.annotations, where, now, now + LASTS_MS)),
      ...over.map((one) => toAlert(one, { summary: one.summary }, where, now, now)),
    ],
    told: { at: now, alerts: [...firing.map(({ annotations: _, ...one }) => one), ...waiting] },
  };
}

/** The labels that the alert of one failing container has. */
export function diagnosedLabels(
  { pod, container, cause, severity }: Omit<ToldAlert, 'startsAt' | 'summary'>,
  {
    cluster,
    clusterLabel,
    namespace,
  }: { readonly cluster: string; readonly clusterLabel: string; readonly namespace: string },
): AlertLabels {
  return { alertname: DIAGNOSED, [clusterLabel]: cluster, namespace, pod, container, cause, severity };
}

function toAlert(
  one: ToldAlert,
  annotations: OutgoingAlert['annotations'],
  where: Parameters<typeof diagnosedLabels>[1],
  now: Instant,
  endsAt: Instant,
): OutgoingAlert {
  // Alertmanager refuses an alert that ends before it starts.
  return { labels: diagnosedLabels(one, where), annotations, startsAt: Math.min(one.startsAt, now), endsAt };
}

function isSame(a: Pick<ToldAlert, 'pod' | 'container'>, b: Pick<ToldAlert, 'pod' | 'container'>): boolean {
  return a.pod === b.pod && a.container === b.container;
}

/** The same labels. */
function isEqual(a: ToldAlert, b: ToldAlert): boolean {
  return isSame(a, b) && a.cause === b.cause && a.severity === b.severity;
}

function byName(a: ToldAlert, b: ToldAlert): number {
  return a.pod < b.pod ? -1 : a.pod > b.pod ? 1 : a.container < b.container ? -1 : 1;
}
