import type { Manifest } from '../kubernetes/cluster.ts';
import type { ContainerSpec, PodObject, WorkloadObject } from '../kubernetes/objects.ts';
import { DEPLOYMENTS, PODS } from '../kubernetes/resources.ts';
import type { World } from './scenario.ts';

interface Options {
  readonly namespace?: string;
  readonly policy?: string;
  readonly secrets?: readonly string[];
  readonly serviceAccount?: string;
}

function podSpec(image: string, { policy, secrets, serviceAccount }: Options): Readonly<Record<string, unknown>> {
  return {
    containers: [{ name: 'app', image, ...(policy && { imagePullPolicy: policy }) }],
    ...(secrets && { imagePullSecrets: secrets.map((name) => ({ name })) }),
    ...(serviceAccount && { serviceAccountName: serviceAccount }),
  };
}

export function pod(name: string, image: string, options: Options = {}): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: options.namespace ?? 'default', labels: { run: name } },
    spec: podSpec(image, options),
  };
}

export function deployment(name: string, image: string, replicas: number, options: Options = {}): Manifest {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: options.namespace ?? 'default', labels },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: podSpec(image, options) },
    },
  };
}

/** A pull secret with one entry. */
export function pullSecret(namespace: string, name: string, host: string, user: string, password: string): Manifest {
  const auth = Buffer.from(`${user}:${password}`).toString('base64');
  const document = JSON.stringify({ auths: { [host]: { username: user, password, auth } } });
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace },
    type: 'kubernetes.io/dockerconfigjson',
    data: { '.dockerconfigjson': Buffer.from(document).toString('base64') },
  };
}

function setFirstImage(containers: ContainerSpec[], image: string): void {
  const [first] = containers;
  if (first) first.image = image;
}

/** `kubectl set image` of a bare pod. */
export function setPodImage({ cluster }: World, namespace: string, name: string, image: string): void {
  cluster.api.edit<PodObject>(PODS, { namespace, name }, { manager: 'kubectl-set' }, ({ spec }) =>
    setFirstImage(spec.containers, image),
  );
}

/** `kubectl set image` of a Deployment. */
export function setDeploymentImage({ cluster }: World, namespace: string, name: string, image: string): void {
  cluster.api.edit<WorkloadObject>(DEPLOYMENTS, { namespace, name }, { manager: 'kubectl-set' }, ({ spec }) =>
    setFirstImage(spec.template.spec.containers, image),
  );
}

/** Deletes the pods of a workload that never started: a new pod has no back-off. */
export function deleteStuckPods({ cluster }: World, namespace: string): void {
  for (const { metadata, status } of cluster.list(PODS, namespace) as readonly PodObject[]) {
    if (status.phase === 'Pending') cluster.delete(PODS, namespace, metadata.name);
  }
}

/**
 * Waits until the store says so.
 * @param timeoutMs real milliseconds
 * @throws {Error} when it does not happen in time
 */
export async function until({ cluster }: World, what: string, isSo: () => boolean, timeoutMs = 60_000): Promise<void> {
  if (isSo()) return;
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      unsubscribe();
      reject(new Error(`${what}: not within ${timeoutMs} ms`));
    }, timeoutMs);
    const unsubscribe = cluster.api.store.subscribe(() => {
      if (!isSo()) return;
      clearTimeout(timer);
      unsubscribe();
      resolve();
    });
  });
}
