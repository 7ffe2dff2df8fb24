import { recordScheduled } from '../kubelet/event-recorder.ts';
import type { Api } from '../kubernetes/api.ts';
import { type Json, type NodeObject, type PodObject, type PodSpecObject, stamp } from '../kubernetes/objects.ts';
import { NODES, PODS } from '../kubernetes/resources.ts';
import { type Controller, keyOf } from './reconciler.ts';

const MANAGER = 'kube-scheduler';

function tolerates(
  pod: PodObject,
  taint: { readonly key: string; readonly value?: string; readonly effect: string },
): boolean {
  return (pod.spec.tolerations ?? []).some(
    ({ key, operator, value, effect }) =>
      (effect === undefined || effect === '' || effect === taint.effect) &&
      (key === undefined || key === taint.key) &&
      (operator === 'Exists' || (value ?? '') === (taint.value ?? '')),
  );
}

/** The node that a DaemonSet's pod is meant for. */
function wantedNode(pod: PodObject): string | undefined {
  const text = JSON.stringify((pod.spec.affinity as Json | undefined)?.['nodeAffinity'] ?? {});
  return /"matchFields":\[\{"key":"metadata\.name","operator":"In","values":\["([^"]+)"\]/.exec(text)?.[1];
}

/** Why a pod cannot go to a node; `undefined` = it can. */
function obstacle(pod: PodObject, node: NodeObject): string | undefined {
  const wanted = wantedNode(pod);
  const labels = node.metadata.labels ?? {};
  if (wanted !== undefined && wanted !== node.metadata.name) return "node(s) didn't match Pod's node affinity/selector";
  if (!Object.entries(pod.spec.nodeSelector ?? {}).every(([key, value]) => labels[key] === value)) {
    return "node(s) didn't match Pod's node affinity/selector";
  }
  if (node.spec.unschedulable && wanted === undefined) return 'node(s) were unschedulable';
  const taint = (node.spec.taints ?? []).find((one) => one.effect !== 'PreferNoSchedule' && !tolerates(pod, one));
  return taint && `node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`;
}

function countedObstacles(obstacles: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const one of obstacles) counts.set(one, (counts.get(one) ?? 0) + 1);
  return [...counts].map(([text, count]) => `${count} ${text}`).join(', ');
}

/** Whether a node takes what a DaemonSet's template asks for. */
export function takes(node: NodeObject, spec: PodSpecObject): boolean {
  const pod = { spec: { ...spec, affinity: {} } } as PodObject;
  return obstacle(pod, { ...node, spec: { ...node.spec, unschedulable: false } }) === undefined;
}

/** Where a pod is, or is meant to be. */
export function nodeOf(pod: PodObject): string | undefined {
  return pod.spec.nodeName ?? wantedNode(pod);
}

/** Binds pods to the first node that takes them, as one small cluster's scheduler would. */
export function createScheduler(api: Api): Controller {
  const { store } = api;
  return {
    name: 'scheduler',
    concerns({ resource, type, object }) {
      if (resource === PODS) {
        return type !== 'DELETED' && !(object as PodObject).spec.nodeName ? [keyOf(object)] : [];
      }
      if (resource !== NODES || type === 'MODIFIED') return [];
      return store
        .list(PODS)
        .filter((pod) => !(pod as PodObject).spec.nodeName)
        .map(keyOf);
    },
    reconcile({ namespace, name }) {
      const pod = store.get(PODS, namespace, name) as PodObject | undefined;
      if (!pod || pod.spec.nodeName || pod.metadata.deletionTimestamp) return;
      const nodes = store.list(NODES) as readonly NodeObject[];
      const node = nodes.find((one) => obstacle(pod, one) === undefined);
      if (!node) return refuse(pod, nodes);
      api.edit<PodObject>(PODS, pod.metadata, { manager: MANAGER, subresource: 'binding' }, (copy) => {
        copy.spec.nodeName = node.metadata.name;
        copy.status.conditions = [
          { type: 'PodScheduled', status: 'True', lastProbeTime: null, lastTransitionTime: stamp(api.clock) },
        ];
      });
      const message = `Successfully assigned ${namespace}/${name} to ${node.metadata.name}`;
      recordScheduled(api, pod, { type: 'Normal', reason: 'Scheduled', message });
    },
  };

  function refuse(pod: PodObject, nodes: readonly NodeObject[]): void {
    const why = countedObstacles(nodes.map((node) => obstacle(pod, node) ?? ''));
    const message = `0/${nodes.length} nodes are available: ${why}.`;
    if (pod.status.conditions?.some((one) => one.type === 'PodScheduled' && one.message === message)) return;
    api.edit<PodObject>(PODS, pod.metadata, { manager: MANAGER, subresource: 'status' }, (copy) => {
      const lastTransitionTime = stamp(api.clock);
      copy.status.conditions = [
        { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message, lastTransitionTime },
      ];
    });
    recordScheduled(api, pod, { type: 'Warning', reason: 'FailedScheduling', message });
  }
}
