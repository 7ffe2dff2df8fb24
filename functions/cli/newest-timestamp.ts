import { type Instant, parseInstant } from '../../shared/domain/instant.ts';

/** Fields in which a server or a kubelet writes when something was: never a deadline or an expiry. */
const WRITTEN_AT: ReadonlySet<string> = new Set([
  'completionTime',
  'creationTimestamp',
  'deprecatedFirstTimestamp',
  'deprecatedLastTimestamp',
  'eventTime',
  'finishedAt',
  'firstTimestamp',
  'lastHeartbeatTime',
  'lastObservedTime',
  'lastProbeTime',
  'lastScheduleTime',
  'lastSuccessfulTime',
  'lastTimestamp',
  'lastTransitionTime',
  'lastUpdateTime',
  'startTime',
  'startedAt',
  'time',
]);

/** Free-form: what people and tools write there may be any time. */
const FREE_FORM: ReadonlySet<string> = new Set(['annotations', 'labels', 'data', 'stringData', 'fieldsV1', 'spec']);

/** Deeper than any Kubernetes object: a hostile file must not exhaust the stack. */
const DEEPEST = 40;

/** The newest time that was written into these objects: "now" for recorded ones. */
export function newestTimestamp(value: unknown, depth = 0): Instant | undefined {
  if (typeof value !== 'object' || value === null || depth > DEEPEST) return undefined;
  let newest: Instant | undefined;
  for (const [key, field] of Object.entries(value)) {
    if (FREE_FORM.has(key)) continue;
    const at =
      typeof field === 'string' && WRITTEN_AT.has(key) ? parseInstant(field) : newestTimestamp(field, depth + 1);
    if (at !== undefined && (newest === undefined || at > newest)) newest = at;
  }
  return newest;
}
