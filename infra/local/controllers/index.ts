import type { ScaledTime } from '../kubelet/scaled-time.ts';
import type { Api } from '../kubernetes/api.ts';
import { createNamespaceController } from './namespaces.ts';
import type { Controller } from './reconciler.ts';
import { createScheduler } from './scheduler.ts';

/** All controllers of the embedded cluster, in the order in which they look at a change. */
export function createControllers(api: Api, _time: ScaledTime): readonly Controller[] {
  return [createNamespaceController(api), createScheduler(api)];
}
