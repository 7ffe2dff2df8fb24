import { redact } from '../../domain/redact.ts';
import type { DaemonSetState, DaemonSets } from '../../ports/daemon-sets.ts';
import { type ApiAnswer, CALL_TIMEOUT_MS, type ClusterConnection } from './connection.ts';
import type { AttemptedRead } from './denied-gap.ts';
import { apiPath, denied, messageOf, unexpected } from './secret-writer.ts';

const RESOURCE = 'daemonsets';

/** DaemonSets over the connection pool of one cluster. */
export function createDaemonSets(connection: ClusterConnection): DaemonSets {
  const attempt = (verb: AttemptedRead['verb'], namespace: string, name?: string): AttemptedRead => ({
    verb,
    resource: `${RESOURCE}.apps`,
    namespace,
    name,
  });
  const target = (verb: string, namespace: string, name: string) => ({
    verb,
    what: `${RESOURCE} ${namespace}/${name}`,
    signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
  });

  return {
    async create(manifest) {
      const { namespace, name } = manifest.metadata;
      const to = target('create', namespace, name);
      const answer = await connection.send(
        {
          method: 'POST',
          path: `${apiPath('apps', RESOURCE, namespace)}?fieldManager=pullmedic-prepull&fieldValidation=Strict`,
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify(manifest),
        },
        to,
      );
      switch (answer.status) {
        case 201:
          return { ok: true, value: 'created' };
        case 403:
          // RBAC, or an admission policy: both say so in their own words.
          return denied(answer, attempt('create', namespace));
        // The connection sends a request twice where an answer was lost: the name is of this run alone.
        case 409:
          return { ok: true, value: 'created' };
        case 400:
        case 404:
        case 422:
          return { ok: true, value: { refused: redact(messageOf(answer)) } };
        default:
          throw unexpected('create', to.what, answer);
      }
    },

    async read(namespace, name) {
      const to = target('get', namespace, name);
      const answer = await connection.send({ method: 'GET', path: apiPath('apps', RESOURCE, namespace, name) }, to);
      if (answer.status === 403) return denied(answer, attempt('get', namespace, name));
      if (answer.status === 404) return { ok: true, value: 'missing' };
      if (answer.status !== 200) throw unexpected('get', to.what, answer);
      return { ok: true, value: stateOf(answer.body) };
    },

    async delete(namespace, name) {
      const to = target('delete', namespace, name);
      const answer = await connection.send(
        {
          method: 'DELETE',
          path: apiPath('apps', RESOURCE, namespace, name),
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify({ apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Foreground' }),
        },
        to,
      );
      if (answer.status === 403) return denied(answer, attempt('delete', namespace, name));
      if (answer.status === 404) return { ok: true, value: 'missing' };
      if (answer.status !== 200 && answer.status !== 202) throw unexpected('delete', to.what, answer);
      return { ok: true, value: 'deleted' };
    },
  };
}

interface DaemonSetBody {
  readonly metadata?: { readonly uid?: string; readonly generation?: number };
  readonly status?: { readonly observedGeneration?: number; readonly desiredNumberScheduled?: number };
}

/** The API server's schema is the contract. */
function stateOf(body: ApiAnswer['body']): DaemonSetState {
  const { metadata, status } = body as DaemonSetBody;
  return {
    uid: metadata?.uid,
    isObserved: (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 1),
    desired: status?.desiredNumberScheduled ?? 0,
  };
}
