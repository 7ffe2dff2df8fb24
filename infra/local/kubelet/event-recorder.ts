import type { Api } from '../kubernetes/api.ts';
import { type ApiObject, type EventObject, microTimestamp, timestamp } from '../kubernetes/objects.ts';
import { EVENTS } from '../kubernetes/resources.ts';
import type { ScaledTime } from './scaled-time.ts';

export interface NewEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  /** `spec.containers{app}`; none for the pod itself. */
  readonly fieldPath?: string | undefined;
}

export interface EventRecorder {
  /** Writes an event, or counts up the one that says the same. */
  record(about: ApiObject, event: NewEvent): void;
}

/** client-go's spam filter as the kubelet has it: 25 at once, then one in five minutes, per object and type. */
const BURST = 25;
const REFILL_MS = 300_000;

/** Events without a writer's own address, such as controllers': `deployment-controller`. */
export function createEventRecorder(
  api: Api,
  time: ScaledTime,
  source: { readonly component: string; readonly host?: string },
): EventRecorder {
  const names = new Map<string, string>();
  const buckets = new Map<string, { tokens: number; at: number }>();

  function isAllowed(about: ApiObject, type: string): boolean {
    const key = `${about.metadata.uid}/${type}`;
    const now = time.now();
    const bucket = buckets.get(key) ?? { tokens: BURST, at: now };
    bucket.tokens = Math.min(BURST, bucket.tokens + (now - bucket.at) / REFILL_MS);
    bucket.at = now;
    buckets.set(key, bucket);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }

  function involved(about: ApiObject, fieldPath: string | undefined): EventObject['involvedObject'] {
    const { name, namespace = 'default', uid, resourceVersion } = about.metadata;
    const { apiVersion, kind } = about;
    return { apiVersion, kind, name, namespace, uid, resourceVersion, ...(fieldPath && { fieldPath }) };
  }

  return {
    record(about, { type, reason, message, fieldPath }) {
      if (!isAllowed(about, type)) return;
      const namespace = about.metadata.namespace ?? 'default';
      const key = [about.metadata.uid, type, reason, message, fieldPath].join('\0');
      const at = timestamp(api.clock.now());
      const options = { manager: source.component };
      const name = names.get(key);
      const counted =
        name === undefined
          ? undefined
          : api.edit<EventObject>(EVENTS, { namespace, name }, options, (event) => {
              event.count = (event.count ?? 1) + 1;
              event.lastTimestamp = at;
            });
      if (counted) return;
      const created = writeEvent(api, about, {
        type,
        reason,
        message,
        count: 1,
        eventTime: null,
        firstTimestamp: at,
        lastTimestamp: at,
        involvedObject: involved(about, fieldPath),
        source: { component: source.component, ...(source.host && { host: source.host }) },
        reportingComponent: source.component,
        reportingInstance: source.host ?? '',
      });
      if (created) names.set(key, created);
    },
  };
}

/** The scheduler's event is of the new kind: no count, one microsecond time. */
export function recordScheduled(api: Api, pod: ApiObject, event: NewEvent): void {
  const { name, namespace = 'default', uid, resourceVersion } = pod.metadata;
  writeEvent(api, pod, {
    type: event.type,
    reason: event.reason,
    message: event.message,
    eventTime: microTimestamp(api.clock.now()),
    firstTimestamp: null,
    lastTimestamp: null,
    action: event.reason === 'Scheduled' ? 'Binding' : 'Scheduling',
    involvedObject: { apiVersion: pod.apiVersion, kind: pod.kind, name, namespace, uid, resourceVersion },
    source: {},
    reportingComponent: 'default-scheduler',
    reportingInstance: 'default-scheduler-vm',
  });
}

let lastName = 0n;

/** Nanoseconds in hex, always growing, so that events of one second keep their order when sorted by name. */
function eventSuffix(now: number): string {
  const nanoseconds = BigInt(now) * 1_000_000n;
  lastName = nanoseconds > lastName ? nanoseconds : lastName + 1n;
  return lastName.toString(16);
}

type EventBody = Omit<EventObject, 'apiVersion' | 'kind' | 'metadata'>;

/** Gives the event's name; `undefined` where the namespace is going away. */
function writeEvent(api: Api, about: ApiObject, body: EventBody): string | undefined {
  const namespace = about.metadata.namespace ?? 'default';
  const event = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${about.metadata.name}.${eventSuffix(api.clock.now())}`, namespace },
    ...body,
  } as unknown as EventObject;
  try {
    return api.create(EVENTS, event, { manager: body.reportingComponent }).metadata.name;
  } catch {
    // The namespace is being deleted: its events go with it.
    return undefined;
  }
}
