import { type ObjectCondition, timestamp, type WorkloadObject } from '../kubernetes/objects.ts';
import { resolveCount } from './rolling-update.ts';

interface RolloutState {
  readonly current: WorkloadObject | undefined;
  readonly sets: readonly WorkloadObject[];
  /** Active pods by ReplicaSet. */
  readonly activePods: ReadonlyMap<string, number>;
  readonly standsStillMs: number;
  readonly now: number;
}

function sum(sets: readonly WorkloadObject[], field: string): number {
  return sets.reduce((total, set) => total + Number(set.status[field] ?? 0), 0);
}

/** The status of a Deployment with the conditions and words of its controller. */
export function deploymentStatus(deployment: WorkloadObject, state: RolloutState): WorkloadObject['status'] {
  const { current, sets, activePods, now } = state;
  const desired = deployment.spec.replicas ?? 1;
  const replicas = [...activePods.values()].reduce((total, count) => total + count, 0);
  const updated = current ? (activePods.get(current.metadata.name) ?? 0) : 0;
  const ready = sum(sets, 'readyReplicas');
  const available = sum(sets, 'availableReplicas');
  const updatedAvailable = current ? Number(current.status['availableReplicas'] ?? 0) : 0;
  const before = deployment.status.conditions ?? [];

  function condition(type: string, status: 'True' | 'False', reason: string, message: string): ObjectCondition {
    const previous = before.find((one) => one.type === type);
    const isSame = previous?.status === status && previous.reason === reason && previous.message === message;
    const lastUpdateTime = isSame && previous.lastUpdateTime ? previous.lastUpdateTime : timestamp(now);
    const lastTransitionTime =
      previous?.status === status && previous.lastTransitionTime ? previous.lastTransitionTime : timestamp(now);
    return { type, status, reason, message, lastUpdateTime, lastTransitionTime };
  }

  const maxUnavailable = resolveCount(deployment.spec.strategy?.rollingUpdate?.maxUnavailable, desired, 'down');
  const isAvailable = available >= desired - maxUnavailable;
  const isComplete =
    updated === desired && updatedAvailable === desired && replicas === desired && available === desired;
  const isOverdue = state.standsStillMs > (deployment.spec.progressDeadlineSeconds ?? 600) * 1000;
  const name = `ReplicaSet "${current?.metadata.name}"`;

  function progressing(): ObjectCondition {
    if (deployment.spec.paused) return condition('Progressing', 'True', 'DeploymentPaused', 'Deployment is paused');
    if (isComplete) {
      return condition('Progressing', 'True', 'NewReplicaSetAvailable', `${name} has successfully progressed.`);
    }
    if (isOverdue) {
      return condition('Progressing', 'False', 'ProgressDeadlineExceeded', `${name} has timed out progressing.`);
    }
    return condition('Progressing', 'True', 'ReplicaSetUpdated', `${name} is progressing.`);
  }

  return {
    observedGeneration: deployment.metadata.generation ?? 1,
    ...(replicas > 0 && { replicas }),
    ...(updated > 0 && { updatedReplicas: updated }),
    ...(ready > 0 && { readyReplicas: ready }),
    ...(available > 0 && { availableReplicas: available }),
    ...(Math.max(desired, replicas) > available && { unavailableReplicas: Math.max(desired, replicas) - available }),
    terminatingReplicas: sum(sets, 'terminatingReplicas'),
    conditions: [
      isAvailable
        ? condition('Available', 'True', 'MinimumReplicasAvailable', 'Deployment has minimum availability.')
        : condition(
            'Available',
            'False',
            'MinimumReplicasUnavailable',
            'Deployment does not have minimum availability.',
          ),
      progressing(),
    ],
  };
}
