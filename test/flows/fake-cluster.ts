import { ClusterError } from '../../shared/domain/errors.ts';
import type {
  KubeEvent,
  KubeObject,
  KubeSecret,
  Namespace,
  Node,
  Pod,
  ServiceAccount,
  Workload,
} from '../../shared/domain/kubernetes.ts';
import type { ClusterReader, Read } from '../../shared/ports/cluster.ts';

/** A cluster of plain objects that a test changes at will; it counts its reads and can fail. */
export interface FakeCluster extends ClusterReader {
  pods: Pod[];
  events: KubeEvent[];
  secrets: KubeSecret[];
  serviceAccounts: ServiceAccount[];
  nodes: Node[];
  workloads: Workload[];
  namespaces: Namespace[];
  readonly calls: string[];
  /** Called before each read; what it throws is the read's answer. */
  onCall: (call: string) => Promise<void> | void;
}

export function createFakeCluster(): FakeCluster {
  const inNamespace =
    (namespace: string | undefined) =>
    ({ metadata }: KubeObject) =>
      namespace === undefined || metadata?.namespace === namespace;

  const cluster: FakeCluster = {
    pods: [],
    events: [],
    secrets: [],
    serviceAccounts: [],
    nodes: [],
    workloads: [],
    namespaces: [],
    calls: [],
    onCall: () => {},
    listPods: ({ namespace, node, isPendingOnly }) =>
      read(`list pods ${namespace ?? node ?? 'all'}${isPendingOnly === true ? ' pending' : ''}`, () =>
        cluster.pods
          .filter(inNamespace(namespace))
          .filter(({ spec }) => node === undefined || spec?.nodeName === node)
          .filter(({ status }) => isPendingOnly !== true || status?.phase === 'Pending'),
      ),
    listEvents: (namespace) =>
      read(`list events ${namespace}`, () =>
        cluster.events.filter(({ involvedObject }) => involvedObject?.namespace === namespace),
      ),
    listServiceAccounts: (namespace) =>
      read(`list serviceaccounts ${namespace}`, () => cluster.serviceAccounts.filter(inNamespace(namespace))),
    listWorkloads: (namespace, kind) =>
      read(`list ${kind} ${namespace}`, () =>
        cluster.workloads.filter(inNamespace(namespace)).filter((one) => one.kind === kind),
      ),
    getSecret: (namespace, name) =>
      read(`get secret ${namespace}/${name}`, () => find(cluster.secrets.filter(inNamespace(namespace)), name)),
    getNode: (name) => read(`get node ${name}`, () => find(cluster.nodes, name)),
    getNamespace: (name) => read(`get namespace ${name}`, () => find(cluster.namespaces, name)),
  };

  async function read<T>(call: string, answer: () => T): Promise<Read<T>> {
    cluster.calls.push(call);
    await cluster.onCall(call);
    return { ok: true, value: answer() };
  }

  return cluster;
}

function find<T extends KubeObject>(objects: readonly T[], name: string): T | 'missing' {
  return objects.find(({ metadata }) => metadata?.name === name) ?? 'missing';
}

export function noAnswer(call: string): never {
  throw new ClusterError('list', call, undefined, new Error('socket hang up'));
}
