import { createEventRecorder } from '../kubelet/event-recorder.ts';
import type { ScaledTime } from '../kubelet/scaled-time.ts';
import type { Api } from '../kubernetes/api.ts';
import { controllerOf, type NodeObject, type PodObject, type WorkloadObject } from '../kubernetes/objects.ts';
import { DAEMON_SETS, NODES, PODS } from '../kubernetes/resources.ts';
import { CONTROLLER_MANAGER, createPod, isActive, isReady, ownedPods } from './pods.ts';
import { type Controller, keyOf } from './reconciler.ts';
import { ensureRevision } from './revisions.ts';
import { resolveCount } from './rolling-update.ts';
import { nodeOf, takes } from './scheduler.ts';

const HASH = 'controller-revision-hash';

/** What the controller adds so that its pods go to their node and stay there. */
function bindTo(pod: PodObject, node: string): void {
  const term = { matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] };
  pod.spec.affinity = {
    nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] } },
  };
  const keys = ['disk-pressure', 'memory-pressure', 'pid-pressure', 'unschedulable'];
  pod.spec.tolerations = [
    ...(pod.spec.tolerations ?? []),
    ...['not-ready', 'unreachable'].map((key) => ({
      key: `node.kubernetes.io/${key}`,
      operator: 'Exists',
      effect: 'NoExecute',
    })),
    ...keys.map((key) => ({ key: `node.kubernetes.io/${key}`, operator: 'Exists', effect: 'NoSchedule' })),
  ];
}

/** One pod on every node that takes it. */
export function createDaemonSetController(api: Api, time: ScaledTime): Controller {
  const { store } = api;
  const events = createEventRecorder(api, time, { component: 'daemonset-controller' });

  function remove(set: WorkloadObject, pod: PodObject): void {
    const { namespace, name } = pod.metadata;
    api.delete(PODS, namespace, name);
    events.record(set, { type: 'Normal', reason: 'SuccessfulDelete', message: `Deleted pod: ${name}` });
  }

  function place(set: WorkloadObject, hash: string, nodes: readonly NodeObject[]): void {
    const pods = ownedPods(api, set);
    for (const node of nodes) {
      if (pods.some((pod) => nodeOf(pod) === node.metadata.name)) continue;
      const pod = createPod(api, set, set.spec.template, {
        labels: { [HASH]: hash, 'pod-template-generation': String(set.metadata.generation ?? 1) },
        change: (made) => bindTo(made, node.metadata.name),
        onRefused: (message) =>
          events.record(set, { type: 'Warning', reason: 'FailedCreate', message: `Error creating: ${message}` }),
      });
      if (!pod) return;
      events.record(set, { type: 'Normal', reason: 'SuccessfulCreate', message: `Created pod: ${pod.metadata.name}` });
    }
    const names = new Set(nodes.map((node) => node.metadata.name));
    for (const pod of pods) if (isActive(pod) && !names.has(nodeOf(pod) ?? '')) remove(set, pod);
  }

  /** Old pods go as far as unavailability allows; broken ones go first, they serve nobody. */
  function roll(set: WorkloadObject, hash: string, desired: number): void {
    if (set.spec.updateStrategy?.type === 'OnDelete') return;
    const pods = ownedPods(api, set);
    const limit = Math.max(1, resolveCount(set.spec.updateStrategy?.rollingUpdate?.maxUnavailable, desired, 'up'));
    const old = pods.filter((pod) => isActive(pod) && pod.metadata.labels?.[HASH] !== hash);
    const broken = old.filter((pod) => !isReady(pod));
    for (const pod of broken) remove(set, pod);
    const unavailable = desired - pods.filter(isReady).length;
    for (const pod of old.filter(isReady).slice(0, Math.max(0, limit - unavailable))) remove(set, pod);
  }

  return {
    name: 'daemonsets',
    concerns({ resource, type, object }) {
      if (resource === DAEMON_SETS) return [keyOf(object)];
      if (resource === NODES && type !== 'MODIFIED') return store.list(DAEMON_SETS).map(keyOf);
      const owner = resource === PODS ? controllerOf(object) : undefined;
      return owner?.kind === 'DaemonSet' ? [{ namespace: object.metadata.namespace, name: owner.name }] : [];
    },
    reconcile({ namespace, name }) {
      const set = store.get(DAEMON_SETS, namespace, name) as WorkloadObject | undefined;
      if (!set || set.metadata.deletionTimestamp) return;
      const { hash } = ensureRevision(api, set);
      const nodes = (store.list(NODES) as readonly NodeObject[]).filter((node) => takes(node, set.spec.template.spec));
      place(set, hash, nodes);
      roll(set, hash, nodes.length);
      const pods = ownedPods(api, set).filter(isActive);
      const ready = pods.filter(isReady).length;
      const updated = pods.filter((pod) => pod.metadata.labels?.[HASH] === hash).length;
      api.edit<WorkloadObject>(
        DAEMON_SETS,
        set.metadata,
        { manager: CONTROLLER_MANAGER, subresource: 'status' },
        (copy) => {
          copy.status = {
            observedGeneration: set.metadata.generation ?? 1,
            currentNumberScheduled: pods.length,
            desiredNumberScheduled: nodes.length,
            numberMisscheduled: 0,
            numberReady: ready,
            ...(ready > 0 && { numberAvailable: ready }),
            ...(nodes.length > ready && { numberUnavailable: nodes.length - ready }),
            ...(updated > 0 && { updatedNumberScheduled: updated }),
          };
        },
      );
    },
  };
}
