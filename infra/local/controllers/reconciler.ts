import type { Log } from '../../../shared/ports/log.ts';
import type { ApiObject } from '../kubernetes/objects.ts';
import type { Change, Store } from '../kubernetes/store.ts';

/** A controller: which changes concern it, and what it does about one object. */
export interface Controller {
  readonly name: string;
  /** Objects to look at because of a change. */
  concerns(change: Change): readonly ObjectKey[];
  /** Brings the world to what the object says. Called again whenever something changes; writes only differences. */
  reconcile(key: ObjectKey): void;
}

export interface ObjectKey {
  readonly namespace: string | undefined;
  readonly name: string;
}

export function keyOf({ metadata }: ApiObject): ObjectKey {
  return { namespace: metadata.namespace, name: metadata.name };
}

/** Runs controllers off the store's changes, one after the other, never inside a write. Idle, it holds no timer. */
export function createReconciler(store: Store, controllers: readonly Controller[], log: Log | undefined) {
  const queue = new Map<string, { readonly controller: Controller; readonly key: ObjectKey }>();
  let isScheduled = false;
  let isStopped = false;

  function schedule(): void {
    if (isScheduled || isStopped) return;
    isScheduled = true;
    setImmediate(drain);
  }

  function drain(): void {
    isScheduled = false;
    const batch = [...queue.values()];
    queue.clear();
    for (const { controller, key } of batch) {
      if (isStopped) return;
      try {
        controller.reconcile(key);
      } catch (error) {
        log?.error('embedded controller failed', { controller: controller.name, ...key, error: String(error) });
      }
    }
  }

  function enqueue(controller: Controller, key: ObjectKey): void {
    queue.set(`${controller.name}/${key.namespace}/${key.name}`, { controller, key });
    schedule();
  }

  const unsubscribe = store.subscribe((change) => {
    for (const controller of controllers) for (const key of controller.concerns(change)) enqueue(controller, key);
  });

  return {
    enqueue,
    stop() {
      isStopped = true;
      unsubscribe();
      queue.clear();
    },
  };
}
