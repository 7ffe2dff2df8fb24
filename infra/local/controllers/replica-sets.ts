import { createEventRecorder } from '../kubelet/event-recorder.ts';
import type { ScaledTime } from '../kubelet/scaled-time.ts';
import type { Api } from '../kubernetes/api.ts';
import { controllerOf, type WorkloadObject } from '../kubernetes/objects.ts';
import { PODS, REPLICA_SETS } from '../kubernetes/resources.ts';
import { byDeletionOrder, CONTROLLER_MANAGER, createPod, isActive, isReady, ownedPods } from './pods.ts';
import { type Controller, keyOf } from './reconciler.ts';

/** Keeps as many pods as each ReplicaSet wants. */
export function createReplicaSetController(api: Api, time: ScaledTime): Controller {
  const events = createEventRecorder(api, time, { component: 'replicaset-controller' });

  function scale(set: WorkloadObject): void {
    const active = ownedPods(api, set).filter(isActive);
    const wanted = set.spec.replicas ?? 1;
    for (let i = active.length; i < wanted; i += 1) {
      const pod = createPod(api, set, set.spec.template, {
        onRefused: (message) =>
          events.record(set, { type: 'Warning', reason: 'FailedCreate', message: `Error creating: ${message}` }),
      });
      if (!pod) return;
      events.record(set, { type: 'Normal', reason: 'SuccessfulCreate', message: `Created pod: ${pod.metadata.name}` });
    }
    const surplus = [...active].sort(byDeletionOrder).slice(0, Math.max(0, active.length - wanted));
    for (const { metadata } of surplus) {
      api.delete(PODS, metadata.namespace, metadata.name);
      events.record(set, { type: 'Normal', reason: 'SuccessfulDelete', message: `Deleted pod: ${metadata.name}` });
    }
  }

  return {
    name: 'replicasets',
    concerns({ resource, object }) {
      if (resource === REPLICA_SETS) return [keyOf(object)];
      const owner = resource === PODS ? controllerOf(object) : undefined;
      return owner?.kind === 'ReplicaSet' ? [{ namespace: object.metadata.namespace, name: owner.name }] : [];
    },
    reconcile({ namespace, name }) {
      const set = api.store.get(REPLICA_SETS, namespace, name) as WorkloadObject | undefined;
      if (!set) return;
      if (!set.metadata.deletionTimestamp) scale(set);
      const pods = ownedPods(api, set);
      const active = pods.filter(isActive);
      const ready = active.filter(isReady).length;
      api.edit<WorkloadObject>(
        REPLICA_SETS,
        set.metadata,
        { manager: CONTROLLER_MANAGER, subresource: 'status' },
        (copy) => {
          copy.status = {
            replicas: active.length,
            fullyLabeledReplicas: active.length,
            terminatingReplicas: pods.filter((pod) => pod.metadata.deletionTimestamp).length,
            ...(ready > 0 && { readyReplicas: ready, availableReplicas: ready }),
            observedGeneration: set.metadata.generation ?? 1,
          };
        },
      );
    },
  };
}
