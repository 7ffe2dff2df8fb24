import type { InventoryKind, InventoryReader } from '../../ports/inventory-reader.ts';
import { createClusterReader } from './cluster-reader.ts';
import type { ClusterConnection } from './connection.ts';
import { listPages } from './secret-writer.ts';

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

/** Lists whole kinds over one connection pool; the next page is fetched while this one is read. */
export function createInventoryReader(connection: ClusterConnection): InventoryReader {
  const { getSecret } = createClusterReader(connection);
  return {
    getSecret,
    list: (kind, namespace, onPage) =>
      listPages(
        connection,
        { resource: RESOURCES[kind], namespace },
        {},
        // Items of a list come without their kind.
        (items, isFirst) =>
          onPage(
            items.map((item) => ({ ...item, kind })),
            isFirst,
          ),
      ),
  };
}
