import { CoreV1ApiRequestFactory } from '@kubernetes/client-node/dist/gen/apis/CoreV1Api.js';
import { ClusterError } from '../../domain/errors.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Gap } from '../../domain/pull-failure.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ClusterNoter, PodNote } from '../../ports/cluster.ts';
import { type ApiAnswer, type BuildRequest, CALL_TIMEOUT_MS, type ClusterConnection } from './connection.ts';
import { deniedGap } from './denied-gap.ts';

/** Who says it, in `kubectl describe` and `kubectl get events`. */
const COMPONENT = 'pullmedic';
/** A namespace in which events may not be written is not asked again for this long. */
const DENIED_MS = 10 * 60_000;

/** Writes core/v1 Events: every server knows them, and `kubectl describe` sorts them by their `lastTimestamp`. */
export function createClusterNoter(connection: ClusterConnection, clock: Clock): ClusterNoter {
  const core = new CoreV1ApiRequestFactory(connection.configuration);
  const denied = new Map<string, { readonly until: Instant; readonly gap: Gap }>();

  function send(verb: 'create' | 'patch', note: PodNote): Promise<ApiAnswer> {
    const { namespace, name } = note;
    const build: BuildRequest = async () => {
      // client-node makes the path; its serialiser would want Dates, and loses what its model does not know.
      const request = await (verb === 'create'
        ? core.createNamespacedEvent(namespace, EMPTY_EVENT)
        : core.patchNamespacedEvent(name, namespace, {}));
      request.setHeaderParam('Content-Type', verb === 'create' ? 'application/json' : 'application/merge-patch+json');
      request.setBody(JSON.stringify(verb === 'create' ? eventOf(note) : patchOf(note)));
      return request;
    };
    return connection.send(build, {
      verb,
      what: `events ${namespace}/${name}`,
      signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
    });
  }

  return {
    async note(note) {
      const known = denied.get(note.namespace);
      if (known !== undefined && known.until > clock.now()) return { ok: false, gap: known.gap };

      const order = note.count > 1 ? (['patch', 'create'] as const) : (['create', 'patch'] as const);
      for (const verb of order) {
        const { status, body } = await send(verb, note);
        if (status === 200 || status === 201) return { ok: true, value: undefined };
        if (status === 403) {
          const read = { verb, resource: 'events', namespace: note.namespace, name: undefined };
          const gap = deniedGap(read, String(body['message'] ?? 'forbidden'));
          denied.set(note.namespace, { until: clock.now() + DENIED_MS, gap });
          return { ok: false, gap };
        }
        // It is there already (another look said it), or it expired meanwhile: the other verb is the right one.
        const isOther = verb === 'create' ? status === 409 : status === 404;
        if (!isOther || verb === order[1]) {
          throw new ClusterError(verb, `events ${note.namespace}/${note.name}`, status, body['message']);
        }
      }
      return { ok: true, value: undefined };
    },
  };
}

const EMPTY_EVENT = { metadata: {}, involvedObject: {} };

/**
 * `eventTime` stays out: with it the API server wants the fields of events.k8s.io/v1 too
 * (`pkg/apis/core/validation/events.go`). The namespaces of the event and of its pod must be the same.
 */
function eventOf({ namespace, name, pod, reason, message, fieldPath, count, at }: PodNote) {
  const time = timestamp(at);
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace },
    involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace, ...pod, ...(fieldPath && { fieldPath }) },
    type: 'Warning',
    reason,
    message,
    count,
    firstTimestamp: time,
    lastTimestamp: time,
    source: { component: COMPONENT },
    reportingComponent: COMPONENT,
    reportingInstance: COMPONENT,
  };
}

function patchOf({ message, count, at }: PodNote) {
  return { message, count: Math.max(2, count), lastTimestamp: timestamp(at) };
}

/** `metav1.Time` has whole seconds. */
function timestamp(at: Instant): string {
  return new Date(at).toISOString().replace(/\.\d{3}Z$/, 'Z');
}
