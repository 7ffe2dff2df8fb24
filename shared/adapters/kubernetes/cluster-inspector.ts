import { ClusterError } from '../../domain/errors.ts';
import { isRecord } from '../../domain/is-record.ts';
import type { ClusterInspector, PolicyState } from '../../ports/inspection.ts';
import { type ApiAnswer, type ApiRequest, CALL_TIMEOUT_MS, type ClusterConnection } from './connection.ts';

const REVIEWS = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
const POLICIES = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies';
const BINDINGS = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings';
/** The label of kube-state-metrics' own manifests and of its Helm chart. */
const STATE_METRICS = 'app.kubernetes.io/name=kube-state-metrics';
/** More namespaces than these are not looked at one by one anyway. */
const NAMESPACES_PAGE = 500;

/** Asks an API server about itself and about whoever asks. */
export function createClusterInspector(connection: ClusterConnection): ClusterInspector {
  const send = (verb: string, what: string, request: ApiRequest): Promise<ApiAnswer> =>
    connection.send(request, { verb, what, signal: AbortSignal.timeout(CALL_TIMEOUT_MS) });

  return {
    async version() {
      const answer = await send('get', 'version', { method: 'GET', path: '/version' });
      const version = answer.body['gitVersion'];
      if (answer.status !== 200 || typeof version !== 'string') throw unexpected('get', 'version', answer);
      const serverTime = answer.date === undefined ? Number.NaN : Date.parse(answer.date);
      return { version, serverTime: Number.isNaN(serverTime) ? undefined : serverTime };
    },

    async isAllowed({ verb, group, resource, namespace, name }) {
      const [plain = '', subresource] = resource.split('/');
      const review = {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: { resourceAttributes: { verb, group, resource: plain, subresource, namespace, name } },
      };
      const answer = await send('create', 'selfsubjectaccessreviews', postOf(REVIEWS, review));
      const { status } = answer.body;
      if (answer.status !== 201 || !isRecord(status) || typeof status['allowed'] !== 'boolean') {
        throw unexpected('create', 'selfsubjectaccessreviews', answer);
      }
      return status['allowed'];
    },

    async namespaces() {
      const answer = await send('list', 'namespaces', {
        method: 'GET',
        path: `/api/v1/namespaces?limit=${NAMESPACES_PAGE}`,
      });
      return answer.status === 403 ? undefined : namesOf('namespaces', answer).sort();
    },

    async stateMetrics() {
      for (const resource of ['deployments', 'statefulsets']) {
        const query = new URLSearchParams({ labelSelector: STATE_METRICS, limit: '1' });
        const answer = await send('list', resource, { method: 'GET', path: `/apis/apps/v1/${resource}?${query}` });
        if (answer.status === 403) return 'denied';
        const [found] = itemsOf(resource, answer);
        if (found !== undefined) return `${found.namespace}/${found.name}`;
      }
      return undefined;
    },

    async policies(names): Promise<PolicyState> {
      const listed = await send('list', 'validatingadmissionpolicies', { method: 'GET', path: POLICIES });
      if (listed.status === 404) return { kind: 'missing', names };
      if (listed.status === 200) {
        const there = namesOf('validatingadmissionpolicies', listed);
        const bindings = await send('list', 'validatingadmissionpolicybindings', { method: 'GET', path: BINDINGS });
        // A policy without its binding, which bears its name, refuses nothing.
        const bound = bindings.status === 403 ? there : namesOf('validatingadmissionpolicybindings', bindings);
        const missing = names.filter((name) => !there.includes(name) || !bound.includes(name));
        return missing.length === 0 ? { kind: 'there' } : { kind: 'missing', names: missing };
      }
      return judgeProbe(await send('create', 'events default', postOf(PROBE_PATH, PROBE)));
    },
  };
}

/** An Event that the policy `pullmedic-events` refuses, since it is about no pod; never stored. */
const PROBE_PATH = '/api/v1/namespaces/default/events?dryRun=All';
const PROBE = {
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name: 'pullmedic-doctor', namespace: 'default' },
  involvedObject: { apiVersion: 'v1', kind: 'Namespace', name: 'default', namespace: 'default' },
  reason: 'PullmedicDoctor',
  message: 'a dry-run that the policy pullmedic-events refuses',
  type: 'Normal',
  source: { component: 'pullmedic' },
};

function judgeProbe({ status, body }: ApiAnswer): PolicyState {
  const message = String(body['message'] ?? '');
  if (status < 300) return { kind: 'not-enforced' };
  if (/ValidatingAdmissionPolicy 'pullmedic-/.test(message)) return { kind: 'there' };
  return { kind: 'unknown', why: 'this identity may neither list the policies nor try one with an event' };
}

function postOf(path: string, body: object): ApiRequest {
  return { method: 'POST', path, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
}

function namesOf(what: string, answer: ApiAnswer): string[] {
  return itemsOf(what, answer).map(({ name }) => name);
}

function itemsOf(what: string, answer: ApiAnswer): readonly { readonly name: string; readonly namespace: string }[] {
  const { items } = answer.body;
  if (answer.status !== 200 || !Array.isArray(items)) throw unexpected('list', what, answer);
  return items.filter(isRecord).map(({ metadata }) => {
    const { name, namespace } = isRecord(metadata) ? metadata : {};
    return { name: String(name), namespace: String(namespace) };
  });
}

function unexpected(verb: string, what: string, { status, body }: ApiAnswer): ClusterError {
  return new ClusterError(verb, what, status, body['message']);
}
