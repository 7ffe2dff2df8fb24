import { randomBytes } from 'node:crypto';
import type { Clock } from '../../../shared/ports/clock.ts';
import type { Log } from '../../../shared/ports/log.ts';
import { createControllers } from '../controllers/index.ts';
import { ensureServiceAccount } from '../controllers/namespaces.ts';
import { createReconciler } from '../controllers/reconciler.ts';
import { createKubelet, type Kubelet, type NodeOptions } from '../kubelet/kubelet.ts';
import { createScaledTime } from '../kubelet/scaled-time.ts';
import type { Registry } from '../registry/registry.ts';
import { type Api, createApi, type DeleteOptions } from './api.ts';
import { ApiError } from './api-error.ts';
import { expireEvents } from './expire-events.ts';
import type { ApiFault } from './fault.ts';
import { kubeconfig } from './kubeconfig.ts';
import { nodeObject } from './node-object.ts';
import { type ApiObject, timestamp } from './objects.ts';
import { NAMESPACES, NODES, type Resource, resourceOf } from './resources.ts';
import { createApiServer } from './server.ts';

/** An object as a person writes it: the server fills in the rest. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [key: string]: unknown };
  readonly [key: string]: unknown;
}

/** A small Kubernetes over loopback HTTP whose kubelet really decides each pull against the embedded registry. */
export interface Cluster {
  /** `http://127.0.0.1:PORT`. */
  readonly server: string;
  /** Bearer token of the kubeconfig. */
  readonly token: string;
  kubeconfig(): string;
  /** Reads and writes without HTTP, under the same rules. */
  readonly api: Api;
  /**
   * Creates the objects, or applies them over what is there (server-side apply, forced).
   * Namespaces that they name are made first.
   */
  apply(objects: readonly Manifest[], options?: { readonly manager?: string }): readonly ApiObject[];
  get(resource: Resource, namespace: string | undefined, name: string): ApiObject | undefined;
  list(resource: Resource, namespace?: string): readonly ApiObject[];
  delete(resource: Resource, namespace: string | undefined, name: string, options?: DeleteOptions): void;
  readonly kubelets: readonly Kubelet[];
  setFault(fault: ApiFault | undefined): void;
  requestCounts(): Readonly<Record<string, number>>;
  /** To be called after the clock was moved: back-offs that are over by now end. */
  wake(): void;
  /** Ends timers, sockets and watches; done within a second. */
  stop(): Promise<void>;
}

export interface ClusterOptions {
  readonly clock: Clock;
  readonly registry: Registry;
  readonly log?: Log;
  /** How many times faster than real the kubelet and the controllers wait; timestamps follow the clock. */
  readonly timeScale?: number;
  readonly port?: number;
  /**
   * Whether requests must carry the token of the kubeconfig. Off by default: client-go, kubectl included, sends no
   * credentials over plain HTTP (clientcmd, IsConfigTransportTLS).
   */
  readonly requiresToken?: boolean;
  readonly nodes?: readonly NodeOptions[];
  /** How long the nodes have been there already; 30 days by default. */
  readonly nodeAgeMs?: number;
}

const NODE_AGE_MS = 30 * 24 * 3600_000;

/** `node-2` is of another architecture and takes only pods that ask for it. */
const DEFAULT_NODES: readonly NodeOptions[] = [
  { name: 'node-1', architecture: 'amd64', hostIp: '192.0.2.2', podNetwork: '10.244.0' },
  { name: 'node-2', architecture: 'arm64', hostIp: '192.0.2.3', podNetwork: '10.244.1' },
];

export async function createCluster(options: ClusterOptions): Promise<Cluster> {
  const { clock, registry, log, timeScale = 1, requiresToken = false, nodeAgeMs = NODE_AGE_MS } = options;
  const token = randomBytes(16).toString('hex');
  const api = createApi(clock);
  const time = createScaledTime(clock, timeScale);
  const reconciler = createReconciler(api.store, createControllers(api, time), log);
  const nodes = options.nodes ?? DEFAULT_NODES;
  const kubelets = nodes.map((node) => createKubelet({ ...node, api, registry, time, log }));
  const stopExpiry = expireEvents(api, time);
  const server = await createApiServer({
    api,
    token: requiresToken ? token : undefined,
    log,
    ...(options.port !== undefined && { port: options.port }),
  });

  function apply(objects: readonly Manifest[], { manager = 'pullmedic-local' } = {}): readonly ApiObject[] {
    return objects.map((manifest) => {
      const object = structuredClone(manifest) as unknown as ApiObject;
      const resource = resourceOf(object);
      if (!resource) throw new ApiError(404, 'NotFound', `no matches for kind ${object.kind} in ${object.apiVersion}`);
      if (resource.isNamespaced) {
        object.metadata.namespace ??= 'default';
        ensureNamespace(object.metadata.namespace);
      }
      const { namespace, name } = object.metadata;
      const isNew = api.store.get(resource, namespace, name) === undefined;
      const written = isNew
        ? api.create(resource, object, { manager })
        : api.apply(resource, object, { manager, isForced: true });
      // The controllers come later, and the next object may be a pod that needs it.
      if (resource === NAMESPACES) ensureServiceAccount(api, name);
      return written;
    });
  }

  function ensureNamespace(name: string): void {
    if (api.store.get(NAMESPACES, undefined, name)) return;
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } } as ApiObject;
    api.create(NAMESPACES, namespace, { manager: 'kube-apiserver' });
    ensureServiceAccount(api, name);
  }

  for (const name of ['default', 'kube-system', 'kube-public', 'kube-node-lease']) ensureNamespace(name);
  for (const node of nodes) {
    const created = api.create(NODES, nodeObject(node, nodes, clock), { manager: 'kubelet' });
    const creationTimestamp = timestamp(clock.now() - nodeAgeMs);
    api.store.put(NODES, { ...created, metadata: { ...created.metadata, creationTimestamp } });
  }

  return {
    server: server.url,
    token,
    kubeconfig: () => kubeconfig(server.url, token),
    api,
    apply,
    get: api.store.get,
    list: api.store.list,
    delete: (resource, namespace, name, how) => void api.delete(resource, namespace, name, how),
    kubelets,
    setFault: server.setFault,
    requestCounts: server.requestCounts,
    wake: time.wake,
    async stop() {
      stopExpiry();
      reconciler.stop();
      for (const kubelet of kubelets) kubelet.stop();
      time.stop();
      await server.stop();
    },
  };
}
