import { createEventRecorder } from '../kubelet/event-recorder.ts';
import type { ScaledTime } from '../kubelet/scaled-time.ts';
import type { Api } from '../kubernetes/api.ts';
import { safeHash, stableJson } from '../kubernetes/names.ts';
import {
  type ApiObject,
  clone,
  controllerOf,
  controllerReference,
  type PodTemplate,
  type WorkloadObject,
} from '../kubernetes/objects.ts';
import { DEPLOYMENTS, PODS, REPLICA_SETS } from '../kubernetes/resources.ts';
import { deploymentStatus } from './deployment-status.ts';
import { CONTROLLER_MANAGER, isActive, ownedPods } from './pods.ts';
import { type Controller, keyOf, type ObjectKey } from './reconciler.ts';
import { nextSizes, resolveCount, type Slot } from './rolling-update.ts';

const REVISION = 'deployment.kubernetes.io/revision';
const HASH = 'pod-template-hash';

function revisionOf(set: ApiObject): number {
  return Number(set.metadata.annotations?.[REVISION] ?? 0);
}

/** The template without the hash that ReplicaSets add to it: equal ones are the same revision. */
function templateText(template: PodTemplate): string {
  const { [HASH]: _, ...labels } = template.metadata?.labels ?? {};
  return stableJson({ ...template, metadata: { ...template.metadata, labels } });
}

function available(set: WorkloadObject): number {
  return Number(set.status['availableReplicas'] ?? 0);
}

/** Rolls Deployments out through ReplicaSets, with revisions that `kubectl rollout undo` understands. */
export function createDeploymentController(api: Api, time: ScaledTime): Controller {
  const { store } = api;
  const events = createEventRecorder(api, time, { component: 'deployment-controller' });
  const write = { manager: CONTROLLER_MANAGER };
  /** When each rollout last moved, for the progress deadline, by uid. */
  const moved = new Map<string, { readonly mark: string; readonly at: number; readonly cancel: () => void }>();

  function ownedSets(deployment: WorkloadObject): WorkloadObject[] {
    const sets = store.list(REPLICA_SETS, deployment.metadata.namespace) as readonly WorkloadObject[];
    return sets.filter((set) => controllerOf(set)?.uid === deployment.metadata.uid);
  }

  function createSet(deployment: WorkloadObject, revision: number): WorkloadObject {
    const { template, selector } = deployment.spec;
    const hash = safeHash(templateText(template));
    const labels = { ...template.metadata?.labels, [HASH]: hash };
    const set = {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        name: `${deployment.metadata.name}-${hash}`,
        namespace: deployment.metadata.namespace,
        labels,
        annotations: annotations(deployment, revision),
        ownerReferences: [controllerReference(deployment)],
      },
      spec: {
        replicas: 0,
        selector: { ...selector, matchLabels: { ...selector.matchLabels, [HASH]: hash } },
        template: { ...clone(template), metadata: { ...template.metadata, labels } },
      },
    } as unknown as WorkloadObject;
    return api.create(REPLICA_SETS, set, write) as WorkloadObject;
  }

  function annotations(deployment: WorkloadObject, revision: number): Record<string, string> {
    const desired = deployment.spec.replicas ?? 1;
    const surge = resolveCount(deployment.spec.strategy?.rollingUpdate?.maxSurge, desired, 'up');
    const cause = deployment.metadata.annotations?.['kubernetes.io/change-cause'];
    return {
      [REVISION]: String(revision),
      'deployment.kubernetes.io/desired-replicas': String(desired),
      'deployment.kubernetes.io/max-replicas': String(desired + surge),
      ...(cause !== undefined && { 'kubernetes.io/change-cause': cause }),
    };
  }

  /** The set of the current template, made or brought to the top revision where needed. */
  function currentSet(deployment: WorkloadObject, sets: readonly WorkloadObject[]): WorkloadObject | undefined {
    const text = templateText(deployment.spec.template);
    const found = sets.find((set) => templateText(set.spec.template) === text);
    if (!found && deployment.spec.paused) return undefined;
    const top = Math.max(0, ...sets.filter((set) => set !== found).map(revisionOf));
    const set = found ?? createSet(deployment, top + 1);
    const revision = Math.max(revisionOf(set), top + 1);
    const wanted = annotations(deployment, revision);
    const updated = api.edit<WorkloadObject>(REPLICA_SETS, set.metadata, write, ({ metadata }) => {
      metadata.annotations = { ...metadata.annotations, ...wanted };
    });
    api.edit(DEPLOYMENTS, deployment.metadata, write, ({ metadata }) => {
      metadata.annotations = { ...metadata.annotations, [REVISION]: String(revision) };
    });
    return updated;
  }

  function resize(deployment: WorkloadObject, name: string, size: number): void {
    const { namespace } = deployment.metadata;
    let before = 0;
    api.edit<WorkloadObject>(REPLICA_SETS, { namespace, name }, write, (set) => {
      before = set.spec.replicas ?? 0;
      set.spec.replicas = size;
    });
    if (before === size) return;
    const message = `Scaled ${size > before ? 'up' : 'down'} replica set ${name} from ${before} to ${size}`;
    events.record(deployment, { type: 'Normal', reason: 'ScalingReplicaSet', message });
  }

  function slot(set: WorkloadObject): Slot {
    return { name: set.metadata.name, replicas: set.spec.replicas ?? 0, available: available(set) };
  }

  function roll(deployment: WorkloadObject, current: WorkloadObject, old: readonly WorkloadObject[]): void {
    const desired = deployment.spec.replicas ?? 1;
    const { strategy } = deployment.spec;
    if (strategy?.type === 'Recreate') {
      for (const set of old) resize(deployment, set.metadata.name, 0);
      const isEmpty = old.every((set) => ownedPods(api, set).length === 0);
      if (isEmpty) resize(deployment, current.metadata.name, desired);
      return;
    }
    const maxSurge = resolveCount(strategy?.rollingUpdate?.maxSurge, desired, 'up');
    const unavailable = resolveCount(strategy?.rollingUpdate?.maxUnavailable, desired, 'down');
    // Both zero would never move: then one may be unavailable (util.ResolveFenceposts).
    const maxUnavailable = maxSurge === 0 && unavailable === 0 ? 1 : unavailable;
    const sizes = nextSizes(slot(current), old.map(slot), { desired, maxSurge, maxUnavailable });
    for (const [name, size] of sizes) resize(deployment, name, size);
  }

  /** Old sets without pods go once there are more than the history keeps. */
  function prune(deployment: WorkloadObject, old: readonly WorkloadObject[]): void {
    const idle = old.filter((set) => (set.spec.replicas ?? 0) === 0 && ownedPods(api, set).length === 0);
    const surplus = idle.length - (deployment.spec.revisionHistoryLimit ?? 10);
    for (const set of [...idle].sort((a, b) => revisionOf(a) - revisionOf(b)).slice(0, Math.max(0, surplus))) {
      api.delete(REPLICA_SETS, set.metadata.namespace, set.metadata.name);
    }
  }

  /** Says since when the rollout stands still, and has it looked at again when its deadline ends. */
  function standsStillMs(deployment: WorkloadObject, mark: string): number {
    const { uid } = deployment.metadata;
    const known = moved.get(uid);
    if (known?.mark === mark) return time.now() - known.at;
    known?.cancel();
    const deadlineMs = (deployment.spec.progressDeadlineSeconds ?? 600) * 1000;
    const cancel = time.after(deadlineMs + 100, () => reconcile(keyOf(deployment)));
    moved.set(uid, { mark, at: time.now(), cancel });
    return 0;
  }

  function reconcile({ namespace, name }: ObjectKey): void {
    const found = store.get(DEPLOYMENTS, namespace, name) as WorkloadObject | undefined;
    if (!found || found.metadata.deletionTimestamp) return;
    const sets = ownedSets(found);
    const current = currentSet(found, sets);
    const old = sets
      .filter((set) => set.metadata.name !== current?.metadata.name)
      .sort((a, b) => revisionOf(a) - revisionOf(b));
    if (current && !found.spec.paused) roll(found, current, old);
    prune(found, old);
    const deployment = store.get(DEPLOYMENTS, namespace, name) as WorkloadObject;
    const now = ownedSets(deployment);
    const own = now.find((set) => set.metadata.name === current?.metadata.name);
    const active = new Map(now.map((set) => [set.metadata.name, ownedPods(api, set).filter(isActive).length]));
    const mark = stableJson([
      own?.metadata.name,
      now.map((set) => [set.metadata.name, set.spec.replicas, active.get(set.metadata.name), available(set)]),
    ]);
    const status = deploymentStatus(deployment, {
      current: own,
      sets: now,
      activePods: active,
      standsStillMs: standsStillMs(deployment, mark),
      now: api.clock.now(),
    });
    api.edit<WorkloadObject>(DEPLOYMENTS, deployment.metadata, { ...write, subresource: 'status' }, (copy) => {
      copy.status = status;
    });
  }

  return {
    name: 'deployments',
    concerns({ resource, type, object }) {
      if (resource === DEPLOYMENTS) {
        if (type !== 'DELETED') return [keyOf(object)];
        moved.get(object.metadata.uid)?.cancel();
        moved.delete(object.metadata.uid);
        return [];
      }
      const owner = controllerOf(object);
      if (resource === REPLICA_SETS) {
        return owner?.kind === 'Deployment' ? [{ namespace: object.metadata.namespace, name: owner.name }] : [];
      }
      // A pod that is gone may be what a Recreate waits for.
      if (resource !== PODS || type !== 'DELETED' || owner?.kind !== 'ReplicaSet') return [];
      const set = store.get(REPLICA_SETS, object.metadata.namespace, owner.name);
      const top = set && controllerOf(set);
      return top ? [{ namespace: object.metadata.namespace, name: top.name }] : [];
    },
    reconcile,
  };
}
