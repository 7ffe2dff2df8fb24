/** What stands in the namespaces before the checks: nothing here can be scheduled, so no kubelet changes it. */

/** The pull secrets, the workloads and the service account are here, and the three roles are bound here. */
export const BOUND = 'guard-a';
/** Nothing is bound here. */
export const UNBOUND = 'guard-b';

const NOWHERE = { 'pullmedic.dev/guardrails': 'nowhere' };
export const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;
export const APP_IMAGE = 'registry.invalid:5000/team/app:v1';

export function dockerConfig(password: string): string {
  const auth = Buffer.from(`AWS:${password}`).toString('base64');
  return Buffer.from(JSON.stringify({ auths: { 'registry.invalid': { auth } } })).toString('base64');
}

function podTemplate(app: string): object {
  return {
    metadata: { labels: { app }, annotations: { 'example.com/team': 'shop' } },
    spec: {
      nodeSelector: NOWHERE,
      initContainers: [{ name: 'init', image: 'registry.invalid/team/init:v1' }],
      containers: [
        { name: 'app', image: APP_IMAGE, env: [{ name: 'MODE', value: 'a' }] },
        { name: 'sidecar', image: 'nginx:1.27' },
      ],
    },
  };
}

function workload(kind: string, name: string, spec: object): object {
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, annotations: { 'pullmedic.dev/mode': 'advise', 'example.com/owner': 'shop' } },
    spec: { selector: { matchLabels: { app: name } }, template: podTemplate(name), ...spec },
  };
}

function secret(name: string, type: string, data: object, labels: object = {}): object {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, labels }, type, data };
}

const LABELLED = { 'pullmedic.dev/refresh': 'true' };
const JSON_TYPE = 'kubernetes.io/dockerconfigjson';

/** A deployment about as large as the API server lets through in practice: 40 containers of 60 variables. */
export const LARGE: object = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: {
    name: 'large',
    annotations: Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`example.com/note-${n}`, 'x'.repeat(200)])),
  },
  spec: {
    replicas: 0,
    selector: { matchLabels: { app: 'large' } },
    template: {
      metadata: { labels: { app: 'large' } },
      spec: {
        containers: Array.from({ length: 40 }, (_, n) => ({
          name: `c${n}`,
          image: `registry.invalid/team/app-${n}:v1`,
          args: Array.from({ length: 30 }, (_unused, m) => `--flag-${m}=${'v'.repeat(80)}`),
          env: Array.from({ length: 60 }, (_unused, m) => ({ name: `VARIABLE_${m}`, value: 'v'.repeat(100) })),
        })),
      },
    },
  },
};

/** A node that nobody runs: what says that it is there is not collected as an orphan. */
export const NODE = 'guard-no-such-node';

/**
 * A pod that a node's kubelet mirrors from a file.
 * @param owner must exist, or the garbage collector is first to delete the pod
 */
export function mirrorPod(owner: { readonly apiVersion: string; readonly kind: string; name: string; uid: string }) {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `mirror-${owner.kind.toLowerCase()}`,
      annotations: { 'kubernetes.io/config.mirror': 'abc', 'kubernetes.io/config.hash': 'abc' },
      ownerReferences: [{ ...owner, controller: true }],
    },
    spec: {
      nodeName: NODE,
      automountServiceAccountToken: false,
      containers: [{ name: 'app', image: APP_IMAGE }],
      tolerations: [{ operator: 'Exists' }],
    },
  };
}

export const OBJECTS: object = {
  apiVersion: 'v1',
  kind: 'List',
  items: [
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: {
        name: 'app-sa',
        labels: { team: 'shop' },
        annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::123456789012:role/app' },
      },
      imagePullSecrets: [{ name: 'plain' }],
    },
    secret('target', JSON_TYPE, { '.dockerconfigjson': dockerConfig('old'), extra: 'b2xk' }, LABELLED),
    secret('legacy', 'kubernetes.io/dockercfg', { '.dockercfg': Buffer.from('{}').toString('base64') }, LABELLED),
    secret('plain', JSON_TYPE, { '.dockerconfigjson': dockerConfig('old') }),
    secret('opted-out', JSON_TYPE, { '.dockerconfigjson': dockerConfig('old') }, { 'pullmedic.dev/refresh': 'false' }),
    secret('named', JSON_TYPE, { '.dockerconfigjson': dockerConfig('old') }),
    secret('database', 'Opaque', { password: 'b2xk' }, LABELLED),
    workload('Deployment', 'web', { replicas: 6 }),
    workload('Deployment', 'api', { replicas: 0 }),
    workload('StatefulSet', 'db', { replicas: 1, serviceName: 'db' }),
    workload('DaemonSet', 'agent', {}),
    {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'nightly' },
      spec: {
        template: {
          spec: { restartPolicy: 'Never', nodeSelector: NOWHERE, containers: [{ name: 'app', image: APP_IMAGE }] },
        },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'bare' },
      spec: { nodeSelector: NOWHERE, containers: [{ name: 'app', image: APP_IMAGE }] },
    },
    {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: 'foreign' },
      involvedObject: { apiVersion: 'v1', kind: 'Pod', name: 'bare', namespace: BOUND },
      reason: 'Failed',
      message: 'Failed to pull image',
      type: 'Warning',
      source: { component: 'kubelet' },
    },
  ],
};
