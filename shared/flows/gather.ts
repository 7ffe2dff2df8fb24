import pLimit from 'p-limit';
import { ClusterError } from '../domain/errors.ts';
import { findPullFailures } from '../domain/find-pull-failures.ts';
import type { Instant } from '../domain/instant.ts';
import {
  type KubeEvent,
  type KubeSecret,
  type Namespace,
  type Node,
  type Pod,
  type ServiceAccount,
  WORKLOAD_KINDS,
  type Workload,
  type WorkloadKind,
} from '../domain/kubernetes.ts';
import type { Gap } from '../domain/pull-failure.ts';
import type { ClusterSnapshot } from '../domain/snapshot.ts';
import type { ClusterReader, Read } from '../ports/cluster.ts';

/** Objects of one kind that are read by name in one look; what is left out is said. */
const MAX_NAMED_READS = 30;
/** Secrets that others use and a failing pod may lack. */
const MAX_CANDIDATES = 5;
const CONCURRENCY = 6;

/** What one look reads of one namespace. */
export interface GatherRequest {
  readonly cluster: string;
  readonly namespace: string;
  readonly observedAt: Instant;
  /** Kinds of workloads whose members are watched: they are listed although no pod of theirs may fail any more. */
  readonly watchedKinds: readonly string[];
}

/**
 * Reads what a namespace's failing pods need, each thing once however many pods fail: pods and events first, then
 * service accounts, the kinds of workloads that own these pods, the nodes they are on, the secrets they name. A quiet
 * namespace costs two calls, one kind of workload on one node with one secret eight.
 * @throws {ClusterError} when the cluster did not answer, or does not let pullmedic list pods there
 */
export async function gather(reader: ClusterReader, request: GatherRequest): Promise<ClusterSnapshot> {
  const { cluster, namespace, observedAt, watchedKinds } = request;
  const gaps: Gap[] = [];
  const take = <T>(read: Read<readonly T[]>): readonly T[] => {
    if (read.ok) return read.value;
    gaps.push(read.gap);
    return [];
  };

  const [podsRead, eventsRead] = await Promise.all([reader.listPods({ namespace }), reader.listEvents(namespace)]);
  if (!podsRead.ok) throw new ClusterError('list', `pods in ${namespace}`, 403, podsRead.gap);
  const first: ClusterSnapshot = {
    ...EMPTY,
    cluster,
    observedAt,
    pods: podsRead.value,
    events: take<KubeEvent>(eventsRead),
  };
  const failing = failingPods(first);
  if (failing.length === 0 && watchedKinds.length === 0) return { ...first, gaps };

  const limit = pLimit(CONCURRENCY);
  const serviceAccounts: Promise<readonly ServiceAccount[]> =
    failing.length === 0 ? Promise.resolve([]) : limit(async () => take(await reader.listServiceAccounts(namespace)));
  const [workloads, accounts, nodes, namespaces, secrets] = await Promise.all([
    readWorkloads(reader, namespace, neededKinds(failing, watchedKinds), take),
    serviceAccounts,
    readNodes(reader, failing, gaps, limit),
    failing.length === 0 ? [] : limit(() => readNamespace(reader, namespace, gaps)),
    serviceAccounts.then((known) =>
      readSecrets(reader, namespace, secretNames(failing, known), candidates(failing, first.pods, known), limit),
    ),
  ]);
  return { ...first, ...nodes, ...secrets, workloads, serviceAccounts: accounts, namespaces, gaps };
}

const EMPTY: Omit<ClusterSnapshot, 'cluster' | 'observedAt'> = {
  pods: [],
  events: [],
  secrets: [],
  secretsNotRead: {},
  serviceAccounts: [],
  nodes: [],
  workloads: [],
  namespaces: [],
  gaps: [],
};

/** A snapshot of nothing but pods: enough to see by their status who fails. */
export function podsOnly(cluster: string, pods: readonly Pod[], observedAt: Instant): ClusterSnapshot {
  return { ...EMPTY, cluster, pods, observedAt };
}

function failingPods(snapshot: ClusterSnapshot): readonly Pod[] {
  const names = new Set(findPullFailures(snapshot).map(({ pod }) => pod?.name));
  return snapshot.pods.filter(({ metadata }) => names.has(metadata?.name));
}

/** A ReplicaSet's Deployment and a Job's CronJob stand above what the pods name. */
function neededKinds(failing: readonly Pod[], watched: readonly string[]): readonly WorkloadKind[] {
  const kinds = new Set(watched);
  for (const { metadata } of failing) {
    for (const { kind, name } of metadata?.ownerReferences ?? []) {
      kinds.add(kind);
      // The CronJob controller appends the minutes since the epoch.
      if (kind === 'Job' && /-\d{8}$/.test(name)) kinds.add('CronJob');
    }
  }
  if (kinds.has('ReplicaSet')) kinds.add('Deployment');
  if (kinds.has('Deployment')) kinds.add('ReplicaSet');
  if (kinds.has('CronJob')) kinds.add('Job');
  return WORKLOAD_KINDS.filter((kind) => kinds.has(kind));
}

async function readWorkloads(
  reader: ClusterReader,
  namespace: string,
  kinds: readonly WorkloadKind[],
  take: (read: Read<readonly Workload[]>) => readonly Workload[],
): Promise<readonly Workload[]> {
  const lists = await Promise.all(kinds.map(async (kind) => take(await reader.listWorkloads(namespace, kind))));
  return lists.flat();
}

async function readNodes(
  reader: ClusterReader,
  failing: readonly Pod[],
  gaps: Gap[],
  limit: ReturnType<typeof pLimit>,
): Promise<{ readonly nodes: readonly Node[]; readonly nodesMissing: readonly string[] }> {
  const names = [...new Set(failing.flatMap(({ spec }) => spec?.nodeName ?? []))].sort();
  const left = names.length - MAX_NAMED_READS;
  if (left > 0) gaps.push({ what: `${left} of ${names.length} nodes were not read`, why: 'a look reads 30 at most' });
  const nodes: Node[] = [];
  const nodesMissing: string[] = [];
  await Promise.all(
    names.slice(0, MAX_NAMED_READS).map((name) =>
      limit(async () => {
        const read = await reader.getNode(name);
        if (!read.ok) gaps.push(read.gap);
        else if (read.value === 'missing') nodesMissing.push(name);
        else nodes.push(read.value);
      }),
    ),
  );
  return { nodes, nodesMissing };
}

async function readNamespace(reader: ClusterReader, name: string, gaps: Gap[]): Promise<readonly Namespace[]> {
  const read = await reader.getNamespace(name);
  if (read.ok) return read.value === 'missing' ? [] : [read.value];
  gaps.push(read.gap);
  return [];
}

/** What the failing pods name, and what their service accounts do: never a list of all Secrets. */
function secretNames(failing: readonly Pod[], accounts: readonly ServiceAccount[]): readonly string[] {
  const used = new Set(failing.map(({ spec }) => spec?.serviceAccountName ?? 'default'));
  const references = [
    ...failing.flatMap(({ spec }) => spec?.imagePullSecrets ?? []),
    ...accounts.filter(({ metadata }) => used.has(metadata?.name ?? '')).flatMap(namedBy),
  ];
  return distinctNames(references);
}

/** Where a failing pod has no pull secret at all: those that others of its namespace use may be what it lacks. */
function candidates(
  failing: readonly Pod[],
  pods: readonly Pod[],
  accounts: readonly ServiceAccount[],
): readonly string[] {
  if (failing.every(({ spec }) => (spec?.imagePullSecrets ?? []).length > 0)) return [];
  const references = [...pods.flatMap(({ spec }) => spec?.imagePullSecrets ?? []), ...accounts.flatMap(namedBy)];
  return distinctNames(references);
}

function namedBy({ imagePullSecrets }: ServiceAccount) {
  return imagePullSecrets ?? [];
}

function distinctNames(references: readonly { readonly name?: string | undefined }[]): readonly string[] {
  return [...new Set(references.flatMap(({ name }) => (name === undefined || name === '' ? [] : [name])))].sort();
}

/** @param beside are read too where that is allowed; that one could not be read is nobody's lack */
async function readSecrets(
  reader: ClusterReader,
  namespace: string,
  names: readonly string[],
  beside: readonly string[],
  limit: ReturnType<typeof pLimit>,
): Promise<{
  readonly secrets: readonly KubeSecret[];
  readonly secretsNotRead: Readonly<Record<string, 'missing' | Gap>>;
}> {
  const secrets: KubeSecret[] = [];
  const found: KubeSecret[] = [];
  const notRead: [string, 'missing' | Gap][] = names
    .slice(MAX_NAMED_READS)
    .map((name) => [
      `${namespace}/${name}`,
      { what: `secret ${namespace}/${name} was not read`, why: 'a look reads 30 at most' },
    ]);
  const asked = names.slice(0, MAX_NAMED_READS).map((name) =>
    limit(async () => {
      const read = await reader.getSecret(namespace, name);
      if (!read.ok) notRead.push([`${namespace}/${name}`, read.gap]);
      else if (read.value === 'missing') notRead.push([`${namespace}/${name}`, 'missing']);
      else secrets.push(read.value);
    }),
  );
  const others = beside
    .filter((name) => !names.includes(name))
    .slice(0, MAX_CANDIDATES)
    .map((name) =>
      limit(async () => {
        const read = await reader.getSecret(namespace, name);
        if (read.ok && read.value !== 'missing') found.push(read.value);
      }),
    );
  await Promise.all([...asked, ...others]);
  return { secrets: [...secrets, ...found], secretsNotRead: Object.fromEntries(notRead) };
}
