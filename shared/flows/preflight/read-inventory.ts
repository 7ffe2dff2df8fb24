import pLimit from 'p-limit';
import type { Instant } from '../../domain/instant.ts';
import type { KubeObject, KubeSecret } from '../../domain/kubernetes.ts';
import { WORKLOAD_KINDS } from '../../domain/kubernetes.ts';
import type { Gap } from '../../domain/pull-failure.ts';
import type { InventoryKind, InventoryReader } from '../../ports/inventory-reader.ts';
import {
  type PreflightNode,
  type PreflightPod,
  type PreflightServiceAccount,
  type PreflightWorkload,
  readNode,
  readPod,
  readServiceAccount,
  readWorkload,
  secretNamesOf,
} from '../../preflight/objects.ts';
import { createSpecSharer } from '../../preflight/share-specs.ts';
import type { PreflightSnapshot } from '../../preflight/snapshot.ts';

/** Kinds listed at a time: two pages of each are held, which thousands of pods make the most of the memory. */
const LISTS = 1;
/** Secrets read by name at a time. */
const CONCURRENCY = 8;

export interface InventoryRequest {
  readonly cluster: string;
  readonly observedAt: Instant;
  /** `undefined` = all. */
  readonly namespace: string | undefined;
  /** Manifests that are checked instead of what the cluster runs: only nodes, service accounts and secrets are read. */
  readonly manifests?:
    | Pick<PreflightSnapshot, 'workloads' | 'pods' | 'serviceAccounts' | 'secrets' | 'gaps'>
    | undefined;
  readonly platforms: readonly string[];
}

/** Tells how far it is. */
export type TellRead = (objects: number) => void;

/**
 * Reads what a preflight judges: each kind listed once, each pull secret that a workload or a service account in use
 * names read once by its name. Secrets are never listed, so that `get` of them is enough, and none is no failure.
 * @throws {ClusterError} when the API server does not answer
 */
export async function readInventory(
  reader: InventoryReader,
  request: InventoryRequest,
  tell: TellRead = () => {},
): Promise<PreflightSnapshot> {
  const { namespace, manifests } = request;
  const gaps: Gap[] = [...(manifests?.gaps ?? [])];
  const lists = pLimit(LISTS);
  const share = createSpecSharer();
  const shareSpec = (pod: PreflightPod | undefined) => pod && { ...pod, spec: share(pod.spec) };
  let objects = 0;

  async function all<T>(kind: InventoryKind, of: string | undefined, read: (raw: KubeObject) => T | undefined) {
    let kept: T[] = [];
    const result = await lists(() =>
      reader.list(kind, of, (page, isFirst) => {
        if (isFirst) kept = [];
        // Kept is only what is judged: pages of thousands of objects must not stay.
        for (const raw of page) {
          const one = read(raw);
          if (one !== undefined) kept.push(one);
        }
        objects += page.length;
        tell(objects);
      }),
    );
    if (!result.ok) gaps.push(result.gap);
    return { items: kept as readonly T[], isRead: result.ok };
  }

  const [nodes, accounts, pods, ...workloads] = await Promise.all([
    all<PreflightNode>('Node', undefined, readNode),
    all<PreflightServiceAccount>('ServiceAccount', namespace, readServiceAccount),
    manifests === undefined
      ? all<PreflightPod>('Pod', namespace, (raw) => shareSpec(readPod(raw)))
      : { items: manifests.pods, isRead: true },
    ...(manifests === undefined
      ? WORKLOAD_KINDS.map((kind) => all<PreflightWorkload>(kind, namespace, readWorkload))
      : [{ items: manifests.workloads, isRead: true }]),
  ]);
  const given = manifests?.serviceAccounts ?? [];
  const isGiven = (one: PreflightServiceAccount) =>
    given.some((other) => other.namespace === one.namespace && other.name === one.name);
  const known: Omit<PreflightSnapshot, 'secrets' | 'secretsNotRead'> = {
    cluster: request.cluster,
    observedAt: request.observedAt,
    workloads: workloads.flatMap(({ items }) => items),
    pods: pods.items,
    nodes: nodes.isRead ? nodes.items : undefined,
    serviceAccounts: [...given, ...accounts.items.filter((one) => !isGiven(one))],
    knowsServiceAccounts: accounts.isRead && manifests === undefined,
    platforms: request.platforms,
    gaps,
  };
  const secrets = await readSecrets(reader, known, manifests?.secrets ?? [], gaps);
  return { ...known, ...secrets };
}

async function readSecrets(
  reader: InventoryReader,
  known: Omit<PreflightSnapshot, 'secrets' | 'secretsNotRead'>,
  given: readonly KubeSecret[],
  gaps: Gap[],
): Promise<Pick<PreflightSnapshot, 'secrets' | 'secretsNotRead'>> {
  const isGiven = new Set(given.map(({ metadata }) => `${metadata?.namespace}/${metadata?.name}`));
  const secrets = [...given];
  const secretsNotRead = new Map<string, 'missing' | Gap>();
  const limit = pLimit(CONCURRENCY);
  await Promise.all(
    namedSecrets(known)
      .filter((id) => !isGiven.has(id))
      .map((id) =>
        limit(async () => {
          const [namespace = '', name = ''] = id.split('/');
          const read = await reader.getSecret(namespace, name);
          if (!read.ok) secretsNotRead.set(id, read.gap);
          else if (read.value === 'missing') secretsNotRead.set(id, 'missing');
          else secrets.push(read.value);
        }),
      ),
  );
  gaps.push(...deniedSecrets(secretsNotRead));
  return { secrets, secretsNotRead };
}

/** `namespace/name`, sorted: what pod templates name, else what their service accounts do. */
function namedSecrets({ workloads, pods, serviceAccounts }: Omit<PreflightSnapshot, 'secrets' | 'secretsNotRead'>) {
  return [
    ...new Set([
      ...workloads.flatMap(({ namespace, template }) => secretNamesOf(template).map((name) => `${namespace}/${name}`)),
      ...pods.flatMap(({ namespace, spec }) => secretNamesOf(spec).map((name) => `${namespace}/${name}`)),
      ...serviceAccounts.flatMap(({ namespace, pullSecretNames }) =>
        pullSecretNames.map((name) => `${namespace}/${name}`),
      ),
    ]),
  ].sort();
}

/** One gap for all of them, with the command that grants the first: hundreds of lines say no more. */
function deniedSecrets(notRead: ReadonlyMap<string, 'missing' | Gap>): readonly Gap[] {
  const denied = [...notRead].flatMap(([id, why]) => (why === 'missing' ? [] : [{ id, gap: why }]));
  const [first] = denied.sort((a, b) => (a.id < b.id ? -1 : 1));
  if (first === undefined || denied.length === 1) return denied.map(({ gap }) => gap);
  const namespaces = new Set(denied.map(({ id }) => id.split('/')[0])).size;
  return [
    {
      ...first.gap,
      what: `${denied.length} pull secrets in ${namespaces === 1 ? '1 namespace' : `${namespaces} namespaces`} could not be read, ${first.id} the first: what they would decide is left open`,
    },
  ];
}
