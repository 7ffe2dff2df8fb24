import type { Log } from '../../../shared/ports/log.ts';
import type { Api } from '../kubernetes/api.ts';
import type { NodeObject, PodObject } from '../kubernetes/objects.ts';
import { NODES, PODS } from '../kubernetes/resources.ts';
import type { Registry } from '../registry/registry.ts';
import { createBackOff } from './back-off.ts';
import { createEventRecorder } from './event-recorder.ts';
import { createImageStore, type ImageStore } from './image-store.ts';
import { createPodWorker, type PodWorker } from './pod-worker.ts';
import { createRegistryClient } from './registry-client.ts';
import type { ScaledTime } from './scaled-time.ts';

export interface Kubelet {
  readonly node: string;
  /** What is on the node; a test may put an image there or take one away. */
  readonly images: ImageStore;
  stop(): void;
}

export interface NodeOptions {
  readonly name: string;
  /** `amd64` or `arm64`: pulls of another platform fail. */
  readonly architecture: string;
  readonly hostIp: string;
  /** `10.244.0`: the pods' addresses begin so. */
  readonly podNetwork: string;
}

/** Runs the pods that are bound to one node. */
export function createKubelet(
  options: NodeOptions & {
    readonly api: Api;
    readonly registry: Registry;
    readonly time: ScaledTime;
    readonly log?: Log | undefined;
  },
): Kubelet {
  const { api, time, name: node } = options;
  const workers = new Map<string, PodWorker>();
  const images = createImageStore();
  const client = createRegistryClient(options.registry, time, () => api.clock.now());
  const events = createEventRecorder(api, time, { component: 'kubelet', host: node });
  let lastAddress = 1;

  function reportImages(): void {
    const listed = images.all().map(({ names, digest, sizeBytes }) => {
      const [first = ''] = names;
      const repository = first.replace(/@.*$/, '').replace(/:[^:/]*$/, '');
      return { names: [`${repository}@${digest}`, ...[...names].filter((one) => !one.includes('@'))], sizeBytes };
    });
    api.edit<NodeObject>(NODES, { name: node }, { manager: 'kubelet', subresource: 'status' }, (copy) => {
      copy.status.images = listed;
    });
  }

  const deps = {
    api,
    time,
    events,
    images,
    client,
    backOff: createBackOff(time),
    architecture: options.architecture,
    hostIp: options.hostIp,
    log: options.log,
    nextPodIp() {
      lastAddress += 1;
      return `${options.podNetwork}.${((lastAddress - 2) % 250) + 2}`;
    },
    imagesChanged: reportImages,
  };

  const seen = new Map<string, string>();
  const unsubscribe = api.store.subscribe(({ type, resource, object }) => {
    if (resource !== PODS) return;
    const pod = object as PodObject;
    const { uid } = pod.metadata;
    const worker = workers.get(uid);
    if (type === 'DELETED') {
      worker?.stop();
      workers.delete(uid);
      seen.delete(uid);
    } else if (pod.spec.nodeName === node && !worker) workers.set(uid, createPodWorker(pod, deps));
    else if (worker && needsSync(pod)) worker.poke();
  });

  /** The kubelet's own status writes are no news to it. */
  function needsSync(pod: PodObject): boolean {
    const { uid, generation, deletionTimestamp } = pod.metadata;
    const mark = `${generation}/${deletionTimestamp ?? ''}`;
    if (seen.get(uid) === mark) return false;
    const isKnown = seen.has(uid);
    seen.set(uid, mark);
    return isKnown || deletionTimestamp !== undefined || (generation ?? 1) > 1;
  }

  return {
    node,
    images,
    stop() {
      unsubscribe();
      for (const worker of workers.values()) worker.stop();
      workers.clear();
      client.stop();
    },
  };
}
