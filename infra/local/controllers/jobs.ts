import { createEventRecorder } from '../kubelet/event-recorder.ts';
import type { ScaledTime } from '../kubelet/scaled-time.ts';
import type { Api } from '../kubernetes/api.ts';
import { controllerOf, type ObjectCondition, stamp, type WorkloadObject } from '../kubernetes/objects.ts';
import { JOBS, PODS } from '../kubernetes/resources.ts';
import { CONTROLLER_MANAGER, createPod, isActive, isReady, ownedPods } from './pods.ts';
import { type Controller, keyOf } from './reconciler.ts';

/** Runs a Job's pods until enough of them have completed. (Nothing here fails after its start, so no pod is retried.) */
export function createJobController(api: Api, time: ScaledTime): Controller {
  const events = createEventRecorder(api, time, { component: 'job-controller' });

  function run(job: WorkloadObject, active: number, succeeded: number): void {
    const { parallelism = 1, completions = 1 } = job.spec;
    const wanted = Math.min(parallelism, completions - succeeded);
    for (let i = active; i < wanted; i += 1) {
      const pod = createPod(api, job, job.spec.template, {
        onRefused: (message) =>
          events.record(job, { type: 'Warning', reason: 'FailedCreate', message: `Error creating: ${message}` }),
      });
      if (!pod) return;
      events.record(job, { type: 'Normal', reason: 'SuccessfulCreate', message: `Created pod: ${pod.metadata.name}` });
    }
  }

  function finished(job: WorkloadObject): ObjectCondition[] {
    const lastTransitionTime = stamp(api.clock);
    events.record(job, { type: 'Normal', reason: 'Completed', message: 'Job completed' });
    const reason = 'CompletionsReached';
    const message = 'Reached expected number of succeeded pods';
    return ['SuccessCriteriaMet', 'Complete'].map((type) => ({
      type,
      status: 'True',
      reason,
      message,
      lastTransitionTime,
    }));
  }

  return {
    name: 'jobs',
    concerns({ resource, object }) {
      if (resource === JOBS) return [keyOf(object)];
      const owner = resource === PODS ? controllerOf(object) : undefined;
      return owner?.kind === 'Job' ? [{ namespace: object.metadata.namespace, name: owner.name }] : [];
    },
    reconcile({ namespace, name }) {
      const job = api.store.get(JOBS, namespace, name) as WorkloadObject | undefined;
      if (!job || job.metadata.deletionTimestamp) return;
      const isDone = job.status.conditions?.some(({ type }) => type === 'Complete') ?? false;
      const succeeded = ownedPods(api, job).filter((pod) => pod.status.phase === 'Succeeded').length;
      if (isDone) return;
      if (job.spec.suspend) {
        for (const { metadata } of ownedPods(api, job).filter(isActive)) api.delete(PODS, namespace, metadata.name);
      } else run(job, ownedPods(api, job).filter(isActive).length, succeeded);
      const active = ownedPods(api, job).filter(isActive);
      const isComplete = succeeded >= (job.spec.completions ?? 1);
      api.edit<WorkloadObject>(JOBS, job.metadata, { manager: CONTROLLER_MANAGER, subresource: 'status' }, (copy) => {
        copy.status = {
          ...(active.length > 0 && { active: active.length }),
          ready: active.filter(isReady).length,
          ...(succeeded > 0 && { succeeded }),
          terminating: 0,
          uncountedTerminatedPods: {},
          startTime: copy.status['startTime'] ?? stamp(api.clock),
          ...(isComplete && { completionTime: stamp(api.clock), conditions: finished(job) }),
        };
      });
    },
  };
}
