import type { InventoryKind, InventoryReader } from '../../ports/inventory-reader.ts';
import type { ClusterConnection } from './connection.ts';
import { createSecretWriter, listPages } from './secret-writer.ts';

/** What the API server calls each kind. */
const RESOURCES: Readonly<Record<InventoryKind, string>> = {
  Pod: 'pods',
  Node: 'nodes',
  ServiceAccount: 'serviceaccounts',
  Deployment: 'deployments.apps',
  ReplicaSet: 'replicasets.apps',
  StatefulSet: 'statefulsets.apps',
  DaemonSet: 'daemonsets.apps',
  Job: 'jobs.batch',
  CronJob: 'cronjobs.batch',
};

/** Objects a page: two are held at a time, and a page of 500 pods is 5 MB of text. */
const PAGE_SIZE = '100';

/** Lists whole kinds over one connection pool; the next page is fetched while this one is read. */
export function createInventoryReader(connection: ClusterConnection): InventoryReader {
  const { getSecret } = createSecretWriter(connection);
  return {
    getSecret,
    list: (kind, namespace, onPage) =>
      listPages(
        connection,
        { resource: RESOURCES[kind], namespace },
        { limit: PAGE_SIZE },
        // Items of a list come without their kind.
        (items, isFirst) =>
          onPage(
            items.map((item) => ({ ...item, kind })),
            isFirst,
          ),
      ),
  };
}
