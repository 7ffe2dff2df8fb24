import type { KubeObject, Node, OwnerReference, Pod, ServiceAccount, Workload } from '../kubernetes.ts';
import { describePullSecret } from '../pull-secret/describe-pull-secret.ts';
import { PULL_SECRET_KEYS } from '../pull-secret/parse-pull-secret.ts';
import type { PullSecretFact } from '../pull-secret.ts';
import type { ClusterSnapshot } from '../snapshot.ts';
import { compareEvents, type ParsedPullEvent, parsePullEvent } from './pull-event.ts';
import { wellFormedSnapshot } from './well-formed.ts';

/** A well-formed snapshot with the ways into it that building failures needs; made once, used for every container. */
export interface SnapshotIndex {
  readonly snapshot: ClusterSnapshot;
  /** Pull events of a pod, oldest first. */
  eventsOf(pod: Pod): readonly ParsedPullEvent[];
  /** The object that an owner reference in this namespace points to. */
  workload(namespace: string, owner: Pick<OwnerReference, 'kind' | 'name' | 'uid'>): Workload | undefined;
  workloadsIn(namespace: string): readonly Workload[];
  podsIn(namespace: string): readonly Pod[];
  serviceAccountsIn(namespace: string): readonly ServiceAccount[];
  node(name: string): Node | undefined;
  secret(namespace: string, name: string): PullSecretFact | undefined;
  /** Every Secret of a pull type that was read. */
  readonly pullSecrets: readonly PullSecretFact[];
}

/** `default` is what the API server means where a file leaves the namespace out. */
export function namespaceOf(object: KubeObject): string {
  return object.metadata?.namespace ?? 'default';
}

export function nameOf(object: KubeObject): string {
  return object.metadata?.name ?? '';
}

/** Indexes a snapshot, leaving out whatever is malformed in it. */
export function indexSnapshot(raw: ClusterSnapshot): SnapshotIndex {
  const snapshot = wellFormedSnapshot(raw);
  const events = indexEvents(snapshot);
  const workloads = groupBy(snapshot.workloads, namespaceOf);
  const workloadsByName = groupBy(snapshot.workloads, (it) => workloadKey(namespaceOf(it), it.kind ?? '', nameOf(it)));
  const pods = groupBy(snapshot.pods, namespaceOf);
  const serviceAccounts = groupBy(snapshot.serviceAccounts, namespaceOf);
  const nodes = new Map(snapshot.nodes.map((node) => [nameOf(node), node]));
  const secrets = new Map(
    snapshot.secrets.map((secret) => [`${namespaceOf(secret)}/${nameOf(secret)}`, describePullSecret(secret)]),
  );

  return {
    snapshot,
    eventsOf: (pod) => eventsOf(events, pod),
    workload: (namespace, owner) =>
      workloadsByName
        .get(workloadKey(namespace, owner.kind, owner.name))
        // One of the same name but another uid came after the owner was deleted.
        ?.find(({ metadata }) => owner.uid === undefined || metadata?.uid === undefined || metadata.uid === owner.uid),
    workloadsIn: (namespace) => workloads.get(namespace) ?? [],
    podsIn: (namespace) => pods.get(namespace) ?? [],
    serviceAccountsIn: (namespace) => serviceAccounts.get(namespace) ?? [],
    node: (name) => nodes.get(name),
    secret: (namespace, name) => secrets.get(`${namespace}/${name}`),
    pullSecrets: [...secrets.values()].filter(({ type }) => Object.hasOwn(PULL_SECRET_KEYS, type ?? '')),
  };
}

function workloadKey(namespace: string, kind: string, name: string): string {
  return `${namespace}/${kind}/${name}`;
}

interface PodEvent {
  readonly uid: string | undefined;
  readonly event: ParsedPullEvent;
}

function indexEvents(snapshot: ClusterSnapshot): ReadonlyMap<string, readonly PodEvent[]> {
  const parsed = snapshot.events.flatMap((event) => {
    const about = event.involvedObject;
    if ((about?.kind ?? 'Pod') !== 'Pod') return [];
    const pull = parsePullEvent(event);
    if (pull === undefined) return [];
    const namespace = about?.namespace ?? namespaceOf(event);
    return [{ key: `${namespace}/${about?.name ?? ''}`, uid: about?.uid, event: pull }];
  });
  return groupBy(parsed, ({ key }) => key);
}

/** A pod of the same name that was replaced (StatefulSet) has another uid: its events are not this pod's. */
function eventsOf(events: ReadonlyMap<string, readonly PodEvent[]>, pod: Pod): readonly ParsedPullEvent[] {
  const annotations = pod.metadata?.annotations ?? {};
  // The kubelet reports a static pod under the hash of its file, the mirror pod has a uid of its own.
  const uids = [
    pod.metadata?.uid,
    annotations['kubernetes.io/config.mirror'],
    annotations['kubernetes.io/config.hash'],
  ];
  return (events.get(`${namespaceOf(pod)}/${nameOf(pod)}`) ?? [])
    .filter(({ uid }) => uid === undefined || pod.metadata?.uid === undefined || uids.includes(uid))
    .map(({ event }) => event)
    .sort(compareEvents);
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}
