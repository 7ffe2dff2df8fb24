import { createHash } from 'node:crypto';
import { parseInstant } from '../domain/instant.ts';
import type { AlertHint } from '../domain/jobs.ts';
import { redact } from '../domain/redact.ts';
import type { NotificationAlert } from './schema.ts';

export const MAX_HINT_LABELS = 20;
export const MAX_LABEL_CHARACTERS = 200;

/** What a person needs first to find the thing; other labels follow by name. */
const FIRST_LABELS = [
  'cluster',
  'namespace',
  'pod',
  'container',
  'node',
  'reason',
  'image',
  'severity',
  'target',
  'instance',
  'job',
];

/** Prometheus renames a metric's own label so when the scrape target has one of that name: the own one is meant. */
const EXPORTED = ['namespace', 'pod', 'container', 'node'];

/**
 * Labels as the metric had them: `exported_namespace`, `exported_pod`, … win over the exporter's own. A label that is
 * empty counts as absent, as in Prometheus.
 */
export function ownLabels(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const own = Object.entries(labels).filter(([name, value]) => value !== '' && !EXPORTED.includes(exportedName(name)));
  const exported = Object.entries(labels)
    .filter(([name, value]) => value !== '' && EXPORTED.includes(exportedName(name)))
    .map(([name, value]) => [exportedName(name), value] as const);
  // Without a prototype: a label may be called `constructor`.
  return Object.assign(Object.create(null), Object.fromEntries(own), Object.fromEntries(exported));
}

function exportedName(label: string): string {
  return label.startsWith('exported_') ? label.slice('exported_'.length) : '';
}

/** An alert, made small and safe to store and to show. */
export function toAlertHint(alert: NotificationAlert): AlertHint {
  const labels = ownLabels(alert.labels);
  return {
    name: clean(labels['alertname'] ?? 'unnamed alert'),
    status: alert.status,
    startsAt: parseInstant(alert.startsAt),
    fingerprint: fingerprintOf(alert),
    labels: hintLabels(labels),
  };
}

/**
 * The alert's identity while it fires, safe as a part of a key: the sender's hexadecimal one, else computed from the
 * labels.
 */
export function fingerprintOf(alert: NotificationAlert): string {
  if (alert.fingerprint !== undefined && /^[0-9a-f]{1,64}$/i.test(alert.fingerprint)) return alert.fingerprint;
  const sorted = Object.entries(alert.labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex').slice(0, 16);
}

function hintLabels(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const rank = (name: string) => (FIRST_LABELS.includes(name) ? FIRST_LABELS.indexOf(name) : FIRST_LABELS.length);
  const kept = Object.entries(labels)
    // A pod's UID says nothing to anybody, and the name has a field of its own.
    .filter(([name]) => name !== 'uid' && name !== 'alertname')
    .sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1))
    .slice(0, MAX_HINT_LABELS)
    .map(([name, value]) => [name.slice(0, MAX_LABEL_CHARACTERS), clean(value)] as const);
  return Object.fromEntries(kept);
}

/** Redacted before it is cut: half a token would pass the rules that know a whole one. */
function clean(value: string): string {
  const safe = redact(value.slice(0, 16 * 1024));
  return safe.length <= MAX_LABEL_CHARACTERS ? safe : `${safe.slice(0, MAX_LABEL_CHARACTERS - 1)}…`;
}
