import type { Pod } from '../../domain/kubernetes.ts';
import type { PodRetrier } from '../../ports/pod-retrier.ts';
import { type ApiRequest, CALL_TIMEOUT_MS, type ClusterConnection } from './connection.ts';
import { collect, corePath, listPages, readWritten } from './secret-writer.ts';

/** Deletes single stuck pods over the connection pool of one cluster. */
export function createPodRetrier(connection: ClusterConnection): PodRetrier {
  return {
    listPendingPods(namespace) {
      const query = { fieldSelector: 'status.phase=Pending' };
      return collect<Pod>((onPage) => listPages(connection, { resource: 'pods', namespace }, query, onPage));
    },

    async deletePod({ namespace, name, uid, resourceVersion }) {
      const what = `pods ${namespace}/${name}`;
      const answer = await connection.send(deleteRequest(corePath('pods', namespace, name), { uid, resourceVersion }), {
        verb: 'delete',
        what,
        signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
      });
      // 202: it is going, and its kubelet has a say still.
      if (answer.status === 202) return { ok: true, value: { kind: 'written' } };
      return readWritten(answer, { verb: 'delete', resource: 'pods', namespace, name: undefined }, what);
    },
  };
}

/**
 * Deletes that very object as it was read, and no other of its name. With a body, the API server takes no option from the
 * query.
 */
export function deleteRequest(
  path: string,
  preconditions: { readonly uid: string | undefined; readonly resourceVersion: string | undefined },
  isDryRun = false,
): ApiRequest {
  const dryRun = isDryRun ? { dryRun: ['All'] } : {};
  return {
    method: 'DELETE',
    path,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ apiVersion: 'v1', kind: 'DeleteOptions', preconditions, ...dryRun }),
  };
}
