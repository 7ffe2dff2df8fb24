import type { KubeEvent, Pod, Workload } from '../../shared/domain/kubernetes.ts';
import type { FakeCluster } from './fake-cluster.ts';

/** The runtime's words for a tag that is not there (containerd 2). */
export function notFoundText(image: string): string {
  return `Failed to pull image "${image}": rpc error: code = NotFound desc = failed to pull and unpack image "${image}": failed to resolve image: ${image}: not found`;
}

/** The runtime's words for an ECR host that refuses its credentials (containerd 2.4: with a line break). */
export function forbiddenText(image: string): string {
  return `Failed to pull image "${image}": failed to pull and unpack image "${image}": failed to resolve reference "${image}": unexpected status from HEAD request to https://${image.replace('/', '/v2/').replace(':', '/manifests/')}: 403 Forbidden`;
}

export interface PodOptions {
  readonly namespace: string;
  readonly name: string;
  readonly image: string;
  readonly at: number;
  /** Deployment that owns it. */
  readonly deployment?: string;
  /** Pod template hash: one a revision. */
  readonly hash?: string;
  readonly node?: string;
  readonly pullSecret?: string;
  readonly container?: string;
}

function basePod(options: PodOptions, status: Pod['status']): Pod {
  const {
    namespace,
    name,
    image,
    at,
    deployment,
    hash = 'aaaa1',
    node = 'node-1',
    pullSecret,
    container = 'app',
  } = options;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace,
      uid: `uid-${namespace}-${name}-${at}`,
      creationTimestamp: new Date(at).toISOString(),
      ...(deployment === undefined
        ? {}
        : {
            labels: { 'pod-template-hash': hash },
            ownerReferences: [{ kind: 'ReplicaSet', name: `${deployment}-${hash}`, controller: true }],
          }),
    },
    spec: {
      nodeName: node,
      serviceAccountName: 'default',
      containers: [{ name: container, image, imagePullPolicy: 'IfNotPresent' }],
      ...(pullSecret === undefined ? {} : { imagePullSecrets: [{ name: pullSecret }] }),
    },
    ...(status === undefined ? {} : { status }),
  };
}

/** A pod that waits, as the kubelet tells it: reason and message flip between two at every retry. */
export function waitingPod(options: PodOptions, reason: string, message: string): Pod {
  const { image, container = 'app' } = options;
  return basePod(options, {
    phase: 'Pending',
    containerStatuses: [
      {
        name: container,
        image,
        ready: false,
        started: false,
        restartCount: 0,
        state: { waiting: { reason, message } },
      },
    ],
  });
}

export function failingPod(options: PodOptions, text: string): Pod {
  return waitingPod(options, 'ImagePullBackOff', `Back-off pulling image "${options.image}": ErrImagePull: ${text}`);
}

export function runningPod(options: PodOptions): Pod {
  const { image, at, container = 'app' } = options;
  return basePod(options, {
    phase: 'Running',
    conditions: [{ type: 'Ready', status: 'True' }],
    containerStatuses: [
      {
        name: container,
        image,
        ready: true,
        started: true,
        restartCount: 0,
        state: { running: { startedAt: new Date(at).toISOString() } },
      },
    ],
  });
}

/** The events of a failing pull. */
export function pullEvents(pod: Pod, text: string, at: number): readonly KubeEvent[] {
  const { namespace = '', name = '', uid = '' } = pod.metadata ?? {};
  const container = pod.spec?.containers?.[0]?.name ?? 'app';
  const image = pod.spec?.containers?.[0]?.image ?? '';
  const event = (reason: string, type: string, message: string, ms: number): KubeEvent => ({
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${name}.${reason}.${ms}`, namespace },
    type,
    reason,
    message,
    count: 1,
    firstTimestamp: new Date(ms).toISOString(),
    lastTimestamp: new Date(ms).toISOString(),
    involvedObject: { kind: 'Pod', namespace, name, uid, fieldPath: `spec.containers{${container}}` },
    source: { component: 'kubelet' },
  });
  return [
    event('Pulling', 'Normal', `Pulling image "${image}"`, at - 2_000),
    event('Failed', 'Warning', text, at - 1_000),
    event('BackOff', 'Normal', `Back-off pulling image "${image}"`, at),
  ];
}

/** Puts a pod that cannot pull into the cluster, with its events. */
export function addFailing(cluster: FakeCluster, options: PodOptions, text: string): Pod {
  const pod = failingPod(options, text);
  cluster.pods.push(pod);
  cluster.events.push(...pullEvents(pod, text, options.at));
  return pod;
}

export interface DeploymentOptions {
  readonly namespace: string;
  readonly name: string;
  readonly image: string;
  readonly desired: number;
  readonly available: number;
  readonly updated?: number;
}

/** A Deployment; its ReplicaSets are set beside it with `replicaSet`. */
export function deployment({
  namespace,
  name,
  image,
  desired,
  available,
  updated = available,
}: DeploymentOptions): Workload {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, generation: 1 },
    spec: { replicas: desired, template: { spec: { containers: [{ name: 'app', image }] } } },
    status: { observedGeneration: 1, replicas: desired, availableReplicas: available, updatedReplicas: updated },
  };
}

export function replicaSet(options: {
  readonly namespace: string;
  readonly deployment: string;
  readonly hash: string;
  readonly revision: number;
  readonly image: string;
  readonly desired: number;
  readonly available: number;
  readonly at: number;
}): Workload {
  const { namespace, hash, revision, image, desired, available, at } = options;
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${options.deployment}-${hash}`,
      namespace,
      creationTimestamp: new Date(at).toISOString(),
      annotations: { 'deployment.kubernetes.io/revision': String(revision) },
      ownerReferences: [{ kind: 'Deployment', name: options.deployment, controller: true }],
    },
    spec: { replicas: desired, template: { spec: { containers: [{ name: 'app', image }] } } },
    status: { replicas: desired, availableReplicas: available },
  };
}
