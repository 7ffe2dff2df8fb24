import { createEventRecorder } from '../kubelet/event-recorder.ts';
import type { ScaledTime } from '../kubelet/scaled-time.ts';
import type { Api } from '../kubernetes/api.ts';
import { controllerOf, type PodObject, type WorkloadObject } from '../kubernetes/objects.ts';
import { PODS, STATEFUL_SETS } from '../kubernetes/resources.ts';
import { CONTROLLER_MANAGER, createPod, isReady, ownedPods } from './pods.ts';
import { type Controller, keyOf } from './reconciler.ts';
import { ensureRevision } from './revisions.ts';

const HASH = 'controller-revision-hash';

function ordinal(pod: PodObject): number {
  return Number(/-(\d+)$/.exec(pod.metadata.name)?.[1] ?? -1);
}

/** Keeps the numbered pods of each StatefulSet: in order up, in reverse order down and over. */
export function createStatefulSetController(api: Api, time: ScaledTime): Controller {
  const events = createEventRecorder(api, time, { component: 'statefulset-controller' });

  function create(set: WorkloadObject, index: number, revision: string): void {
    const name = `${set.metadata.name}-${index}`;
    const failed = (message: string) =>
      events.record(set, {
        type: 'Warning',
        reason: 'FailedCreate',
        message: `create Pod ${name} in StatefulSet ${set.metadata.name} failed error: ${message}`,
      });
    const pod = createPod(api, set, set.spec.template, {
      name,
      labels: {
        'apps.kubernetes.io/pod-index': String(index),
        'statefulset.kubernetes.io/pod-name': name,
        [HASH]: revision,
      },
      change(made) {
        made.spec.hostname = name;
        if (set.spec.serviceName) made.spec.subdomain = set.spec.serviceName;
      },
      onRefused: failed,
    });
    if (!pod) return;
    const message = `Create Pod ${name} in StatefulSet ${set.metadata.name} successful`;
    events.record(set, { type: 'Normal', reason: 'SuccessfulCreate', message });
  }

  function remove(set: WorkloadObject, pod: PodObject): void {
    const { namespace, name } = pod.metadata;
    api.delete(PODS, namespace, name);
    const message = `Delete Pod ${name} in StatefulSet ${set.metadata.name} successful`;
    events.record(set, { type: 'Normal', reason: 'SuccessfulDelete', message });
  }

  /** One step; the change that it makes brings the next. */
  function step(set: WorkloadObject, revision: string): void {
    const pods = new Map(ownedPods(api, set).map((pod) => [ordinal(pod), pod]));
    const wanted = set.spec.replicas ?? 1;
    const isOrdered = set.spec.podManagementPolicy !== 'Parallel';
    for (let index = 0; index < wanted; index += 1) {
      const pod = pods.get(index);
      if (!pod) create(set, index, revision);
      if (isOrdered && !(pod && isReady(pod))) return;
    }
    const surplus = [...pods.values()].filter((pod) => ordinal(pod) >= wanted).sort((a, b) => ordinal(b) - ordinal(a));
    const [last] = surplus;
    if (last) {
      if (!last.metadata.deletionTimestamp) remove(set, last);
      return;
    }
    if (set.spec.updateStrategy?.type === 'OnDelete') return;
    const partition = set.spec.updateStrategy?.rollingUpdate?.partition ?? 0;
    for (let index = wanted - 1; index >= partition; index -= 1) {
      const pod = pods.get(index);
      if (!pod || pod.metadata.deletionTimestamp) return;
      if (pod.metadata.labels?.[HASH] !== revision) {
        remove(set, pod);
        return;
      }
      if (!isReady(pod)) return;
    }
  }

  return {
    name: 'statefulsets',
    concerns({ resource, object }) {
      if (resource === STATEFUL_SETS) return [keyOf(object)];
      const owner = resource === PODS ? controllerOf(object) : undefined;
      return owner?.kind === 'StatefulSet' ? [{ namespace: object.metadata.namespace, name: owner.name }] : [];
    },
    reconcile({ namespace, name }) {
      const set = api.store.get(STATEFUL_SETS, namespace, name) as WorkloadObject | undefined;
      if (!set || set.metadata.deletionTimestamp) return;
      const { name: revision } = ensureRevision(api, set);
      step(set, revision);
      const pods = ownedPods(api, set);
      const ready = pods.filter(isReady).length;
      const updated = pods.filter((pod) => pod.metadata.labels?.[HASH] === revision);
      const isDone = updated.length === (set.spec.replicas ?? 1) && updated.every(isReady);
      api.edit<WorkloadObject>(
        STATEFUL_SETS,
        set.metadata,
        { manager: CONTROLLER_MANAGER, subresource: 'status' },
        (copy) => {
          const before = copy.status['currentRevision'];
          const current = isDone || typeof before !== 'string' ? revision : before;
          copy.status = {
            observedGeneration: set.metadata.generation ?? 1,
            replicas: pods.length,
            ...(ready > 0 && { readyReplicas: ready }),
            availableReplicas: ready,
            currentReplicas: pods.filter((pod) => pod.metadata.labels?.[HASH] === current).length,
            updatedReplicas: updated.length,
            currentRevision: current,
            updateRevision: revision,
            collisionCount: 0,
          };
        },
      );
    },
  };
}
