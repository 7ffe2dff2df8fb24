import type { ScaledTime } from '../kubelet/scaled-time.ts';
import type { Api } from '../kubernetes/api.ts';
import { createDaemonSetController } from './daemon-sets.ts';
import { createDeploymentController } from './deployments.ts';
import { createGarbageCollector } from './garbage-collector.ts';
import { createJobController } from './jobs.ts';
import { createNamespaceController } from './namespaces.ts';
import type { Controller } from './reconciler.ts';
import { createReplicaSetController } from './replica-sets.ts';
import { createScheduler } from './scheduler.ts';
import { createStatefulSetController } from './stateful-sets.ts';

/** All controllers of the embedded cluster, in the order in which they look at a change. */
export function createControllers(api: Api, time: ScaledTime): readonly Controller[] {
  return [
    createNamespaceController(api),
    createDeploymentController(api, time),
    createReplicaSetController(api, time),
    createStatefulSetController(api, time),
    createDaemonSetController(api, time),
    createJobController(api, time),
    createScheduler(api),
    createGarbageCollector(api),
  ];
}
