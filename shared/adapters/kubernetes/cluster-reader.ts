import { AppsV1ApiRequestFactory } from '@kubernetes/client-node/dist/gen/apis/AppsV1Api.js';
import { BatchV1ApiRequestFactory } from '@kubernetes/client-node/dist/gen/apis/BatchV1Api.js';
import { CoreV1ApiRequestFactory } from '@kubernetes/client-node/dist/gen/apis/CoreV1Api.js';
import { ClusterError } from '../../domain/errors.ts';
import type { KubeObject, Node, WorkloadKind } from '../../domain/kubernetes.ts';
import type { ClusterReader, Read } from '../../ports/cluster.ts';
import { type ApiAnswer, type BuildRequest, CALL_TIMEOUT_MS, type ClusterConnection } from './connection.ts';
import { type AttemptedRead, absentApiGap, deniedGap } from './denied-gap.ts';

/** Objects a page: what kubectl asks for. */
const PAGE_SIZE = 500;

/** What the API server calls each workload kind. */
const WORKLOAD_RESOURCES: Readonly<Record<WorkloadKind, { readonly resource: string; readonly apiVersion: string }>> = {
  Deployment: { resource: 'deployments.apps', apiVersion: 'apps/v1' },
  ReplicaSet: { resource: 'replicasets.apps', apiVersion: 'apps/v1' },
  StatefulSet: { resource: 'statefulsets.apps', apiVersion: 'apps/v1' },
  DaemonSet: { resource: 'daemonsets.apps', apiVersion: 'apps/v1' },
  Job: { resource: 'jobs.batch', apiVersion: 'batch/v1' },
  CronJob: { resource: 'cronjobs.batch', apiVersion: 'batch/v1' },
};

/** Reads one cluster over one connection pool. client-node knows the paths; the answers' JSON is taken as it is. */
export function createClusterReader(connection: ClusterConnection): ClusterReader {
  const core = new CoreV1ApiRequestFactory(connection.configuration);
  const apps = new AppsV1ApiRequestFactory(connection.configuration);
  const batch = new BatchV1ApiRequestFactory(connection.configuration);

  const listOf = <T extends KubeObject>(
    build: BuildRequest,
    read: Omit<AttemptedRead, 'verb' | 'name'>,
    options: { readonly kind: string; readonly apiVersion: string; readonly fieldSelector?: string | undefined },
  ) => readList<T>(connection, build, { ...read, verb: 'list', name: undefined }, options);
  const getOf = <T extends KubeObject>(build: BuildRequest, read: Omit<AttemptedRead, 'verb'>) =>
    readOne<T>(connection, build, { ...read, verb: 'get' });

  function buildWorkloadList(namespace: string, kind: WorkloadKind): BuildRequest {
    switch (kind) {
      case 'Deployment':
        return () => apps.listNamespacedDeployment(namespace);
      case 'ReplicaSet':
        return () => apps.listNamespacedReplicaSet(namespace);
      case 'StatefulSet':
        return () => apps.listNamespacedStatefulSet(namespace);
      case 'DaemonSet':
        return () => apps.listNamespacedDaemonSet(namespace);
      case 'Job':
        return () => batch.listNamespacedJob(namespace);
      case 'CronJob':
        return () => batch.listNamespacedCronJob(namespace);
    }
  }

  return {
    listPods({ namespace, node, isPendingOnly }) {
      const selectors = [
        ...(node === undefined ? [] : [`spec.nodeName=${node}`]),
        ...(isPendingOnly === true ? ['status.phase=Pending'] : []),
      ];
      return listOf(
        () => (namespace === undefined ? core.listPodForAllNamespaces() : core.listNamespacedPod(namespace)),
        { resource: 'pods', namespace },
        { kind: 'Pod', apiVersion: 'v1', fieldSelector: selectors.length === 0 ? undefined : selectors.join(',') },
      );
    },
    listEvents: (namespace) =>
      listOf(
        () => core.listNamespacedEvent(namespace),
        { resource: 'events', namespace },
        { kind: 'Event', apiVersion: 'v1', fieldSelector: 'involvedObject.kind=Pod' },
      ),
    listServiceAccounts: (namespace) =>
      listOf(
        () => core.listNamespacedServiceAccount(namespace),
        { resource: 'serviceaccounts', namespace },
        { kind: 'ServiceAccount', apiVersion: 'v1' },
      ),
    listWorkloads(namespace, kind) {
      const { resource, apiVersion } = WORKLOAD_RESOURCES[kind];
      return listOf(buildWorkloadList(namespace, kind), { resource, namespace }, { kind, apiVersion });
    },
    getSecret: (namespace, name) =>
      getOf(() => core.readNamespacedSecret(name, namespace), { resource: 'secrets', namespace, name }),
    getNode: (name) => getOf<Node>(() => core.readNode(name), { resource: 'nodes', namespace: undefined, name }),
    getNamespace: (name) =>
      getOf(() => core.readNamespace(name), { resource: 'namespaces', namespace: undefined, name }),
  };
}

async function readList<T extends KubeObject>(
  connection: ClusterConnection,
  build: BuildRequest,
  read: AttemptedRead,
  options: { readonly kind: string; readonly apiVersion: string; readonly fieldSelector?: string | undefined },
): Promise<Read<readonly T[]>> {
  const what = `${read.resource}${read.namespace === undefined ? '' : ` in ${read.namespace}`}`;
  const signal = AbortSignal.timeout(CALL_TIMEOUT_MS);
  let items: T[] = [];
  let next: string | undefined;
  let restarts = 0;
  for (;;) {
    const page = next;
    const answer = await connection.send(
      async () => {
        const request = await build();
        request.setQueryParam('limit', String(PAGE_SIZE));
        if (options.fieldSelector !== undefined) request.setQueryParam('fieldSelector', options.fieldSelector);
        if (page !== undefined) request.setQueryParam('continue', page);
        return request;
      },
      { verb: 'list', what, signal },
    );
    if (answer.status === 410 && restarts < 1) {
      // The list outlived its snapshot in etcd: once from the start again.
      restarts += 1;
      items = [];
      next = undefined;
      continue;
    }
    const gap = gapOf(answer, read);
    if (gap !== undefined) return gap;
    if (answer.status === 404) return { ok: false, gap: absentApiGap(read) };
    const found = answer.body['items'];
    if (answer.status !== 200 || !Array.isArray(found)) {
      throw new ClusterError('list', what, answer.status, answer.body['message'] ?? 'no items');
    }
    // Items of a list come without their kind.
    items.push(...found.map((item: T) => ({ ...item, kind: options.kind, apiVersion: options.apiVersion })));
    const meta = answer.body['metadata'] as { readonly continue?: string } | undefined;
    if (meta?.continue === undefined || meta.continue === '') return { ok: true, value: items };
    next = meta.continue;
  }
}

async function readOne<T extends KubeObject>(
  connection: ClusterConnection,
  build: BuildRequest,
  read: AttemptedRead,
): Promise<Read<T | 'missing'>> {
  const what = `${read.resource} ${read.namespace === undefined ? '' : `${read.namespace}/`}${read.name}`;
  const answer = await connection.send(build, { verb: 'get', what, signal: AbortSignal.timeout(CALL_TIMEOUT_MS) });
  const gap = gapOf(answer, read);
  if (gap !== undefined) return gap;
  if (answer.status === 404) return { ok: true, value: 'missing' };
  if (answer.status !== 200) throw new ClusterError('get', what, answer.status, answer.body['message']);
  // The API server's schema is the contract; every field of the types is optional for that reason.
  return { ok: true, value: answer.body as unknown as T };
}

function gapOf(
  answer: ApiAnswer,
  read: AttemptedRead,
): { readonly ok: false; readonly gap: ReturnType<typeof deniedGap> } | undefined {
  if (answer.status !== 403) return undefined;
  return { ok: false, gap: deniedGap(read, String(answer.body['message'] ?? 'forbidden')) };
}
