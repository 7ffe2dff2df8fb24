import type { KubeSecret } from '../../shared/domain/kubernetes.ts';
import {
  type PreflightNode,
  type PreflightPod,
  type PreflightWorkload,
  readNode,
  readPod,
  readWorkload,
} from '../../shared/preflight/objects.ts';
import type { PreflightSnapshot } from '../../shared/preflight/snapshot.ts';

export const PREFLIGHT_NOW = Date.parse('2026-11-22T12:00:00Z');

/** A snapshot of a healthy, empty cluster of which everything was read. */
export function makeSnapshot(parts: Partial<PreflightSnapshot> = {}): PreflightSnapshot {
  return {
    cluster: 'prod-eu',
    observedAt: PREFLIGHT_NOW,
    workloads: [],
    pods: [],
    nodes: undefined,
    serviceAccounts: [],
    knowsServiceAccounts: true,
    secrets: [],
    secretsNotRead: new Map(),
    platforms: [],
    gaps: [],
    ...parts,
  };
}

export interface WorkloadOptions {
  readonly namespace: string;
  readonly name: string;
  readonly image: string;
  readonly kind?: string;
  readonly policy?: string;
  readonly secrets?: readonly string[];
  /** Further fields of the pod template's spec. */
  readonly spec?: object;
  readonly metadata?: object;
}

/** A workload with one container, through the reader that everything from outside goes through. */
export function makeWorkload(options: WorkloadOptions): PreflightWorkload {
  const { namespace, name, image, kind = 'Deployment', policy, secrets = [], spec, metadata } = options;
  const template = {
    spec: {
      containers: [{ name: 'app', image, ...(policy === undefined ? {} : { imagePullPolicy: policy }) }],
      imagePullSecrets: secrets.map((secret) => ({ name: secret })),
      ...spec,
    },
  };
  const read = readWorkload({
    kind,
    metadata: { name, namespace, ...metadata },
    spec: kind === 'CronJob' ? { jobTemplate: { spec: { template } } } : { template },
  });
  if (read === undefined) throw new Error(`not a workload: ${name}`);
  return read;
}

export function makePod(pod: object): PreflightPod {
  const read = readPod(pod);
  if (read === undefined) throw new Error('not a pod');
  return read;
}

export function makeNode(
  name: string,
  parts: { readonly arch?: string; readonly os?: string; readonly labels?: object; readonly spec?: object } = {},
): PreflightNode {
  const { arch = 'amd64', os = 'linux', labels = {}, spec = {} } = parts;
  const read = readNode({
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/arch': arch, 'kubernetes.io/os': os, ...labels } },
    spec,
    status: { nodeInfo: { architecture: arch, operatingSystem: os, containerRuntimeVersion: 'containerd://2.4.2' } },
  });
  if (read === undefined) throw new Error(`not a node: ${name}`);
  return read;
}

export function dockerSecret(options: {
  readonly namespace: string;
  readonly name: string;
  readonly key: string;
  readonly user: string;
  readonly password: string;
}): KubeSecret {
  const { namespace, name, key, user, password } = options;
  const auth = Buffer.from(`${user}:${password}`).toString('base64');
  const document = JSON.stringify({ auths: { [key]: { auth } } });
  return {
    kind: 'Secret',
    metadata: { namespace, name },
    type: 'kubernetes.io/dockerconfigjson',
    data: { '.dockerconfigjson': Buffer.from(document).toString('base64') },
  };
}
