import type { Incident, IncidentNote, Member } from '../incident.ts';
import type { AlertHint } from '../jobs.ts';
import { addNotes } from './notes.ts';

/** What made pullmedic look, beside what it saw. */
export interface Report {
  readonly from: 'alert' | 'sweep';
  readonly alerts: readonly AlertHint[];
  readonly isClusterAssumed: boolean;
  readonly notes: readonly IncidentNote[];
}

/** Alerts that a look or an incident keeps. */
export const MAX_ALERTS = 20;

/** Puts a report into an incident. Alerts are a hint: they never change its state. */
export function applyReport(incident: Incident, report: Report): Incident {
  return {
    ...incident,
    from: report.from === 'alert' ? 'alert' : incident.from,
    // An alert's own `for` was the user's grace.
    state: incident.state === 'observed' && report.from === 'alert' ? 'open' : incident.state,
    isClusterAssumed: incident.isClusterAssumed || report.isClusterAssumed,
    alerts: mergeAlerts(incident.alerts, report.alerts),
    notes: addNotes(incident.notes, report.notes),
  };
}

/** The part of a report that concerns these members: alerts that name another pod or container are not theirs. */
export function reportFor(report: Report, members: readonly Member[]): Report {
  const alerts = report.alerts.filter((alert) => members.some((member) => isAbout(alert, member)));
  // Without any alert in it (a storm's look of the whole cluster) it concerns whatever fails.
  const isConcerned = report.alerts.length === 0 || alerts.length > 0;
  return { ...report, alerts, from: isConcerned ? report.from : 'sweep' };
}

export function isAbout({ labels }: AlertHint, member: Member): boolean {
  const namespace = labels['exported_namespace'] ?? labels['namespace'];
  const pod = labels['exported_pod'] ?? labels['pod'];
  const container = labels['exported_container'] ?? labels['container'];
  // A kubelet's or an exporter's alert carries its own pod's namespace, and none of the members': then `pod` is its own.
  if (pod === undefined) return true;
  if (namespace !== undefined && namespace !== member.namespace) return false;
  if (container !== undefined && container !== member.container && member.containerKind !== 'image-volume')
    return false;
  if (member.pods.some(({ name }) => name === pod)) return true;
  // Only the first 20 pods are kept, and an alert may be older than the pod that fails now.
  return member.workloadKind !== 'Pod' && pod.startsWith(`${member.workloadName}-`);
}

/** By identity; the newest word on each. The first ones stay: they are why the incident exists. */
function mergeAlerts(known: readonly AlertHint[], added: readonly AlertHint[]): readonly AlertHint[] {
  const merged = new Map(known.map((alert) => [identityOf(alert), alert]));
  for (const alert of added) merged.set(identityOf(alert), alert);
  return [...merged.values()].slice(0, MAX_ALERTS);
}

export function identityOf({ name, fingerprint, labels }: AlertHint): string {
  return fingerprint ?? `${name}|${JSON.stringify(labels)}`;
}
