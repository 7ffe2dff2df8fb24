/**
 * Static, so that it runs inside any image of its architecture: musl's, not the default variant's. A digest, as for all
 * that is rolled out on every node.
 */
export const DEFAULT_HELPER_IMAGE =
  'docker.io/library/busybox:1.37.0-musl@sha256:5cec3fc171c87218698e85a52af7087de727372aae264a787b8112901a5b0092';

/** Of all that a pre-pull creates; its value is the name of the run. */
export const RUN_LABEL = 'pullmedic.dev/prepull';

/** What is rolled out. */
export interface PrepullRun {
  readonly namespace: string;
  readonly name: string;
  /** References by digest; by tag only where `isByTag`. In this order on each node. */
  readonly images: readonly string[];
  /** The images are tags, which may have moved since a node pulled them. */
  readonly isByTag: boolean;
  readonly helperImage: string;
  readonly pullSecretNames: readonly string[];
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly serviceAccountName: string;
  /** Left out = the cluster's default. */
  readonly priorityClassName?: string | undefined;
}

export interface DaemonSetManifest {
  readonly apiVersion: 'apps/v1';
  readonly kind: 'DaemonSet';
  readonly metadata: {
    readonly namespace: string;
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
  };
  readonly spec: object;
}

/** Where the helper lies, in every container. */
const HELPER_FOLDER = '/pullmedic';
const HELPER_VOLUME = { name: 'helper', mountPath: HELPER_FOLDER };

/**
 * One pod a node whose init containers are the images, one after another. Nothing of an image is run, as many have no
 * shell and none can be trusted to end: the first container copies a static `true` into a volume, and that is what each
 * image is started with. The pod is ready when the node has all of them.
 */
export function prepullDaemonSet(run: PrepullRun): DaemonSetManifest {
  const labels = {
    'app.kubernetes.io/name': 'image-prepull',
    'app.kubernetes.io/managed-by': 'pullmedic',
    [RUN_LABEL]: run.name,
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { namespace: run.namespace, name: run.name, labels },
    spec: {
      selector: { matchLabels: { [RUN_LABEL]: run.name } },
      // Nobody is served by these pods: all of them may be replaced at once.
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '100%' } },
      template: { metadata: { labels }, spec: podSpec(run) },
    },
  };
}

function podSpec(run: PrepullRun): object {
  const { helperImage } = run;
  return {
    serviceAccountName: run.serviceAccountName,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    ...(run.pullSecretNames.length > 0 && { imagePullSecrets: run.pullSecretNames.map((name) => ({ name })) }),
    ...(run.priorityClassName !== undefined && { priorityClassName: run.priorityClassName }),
    // Nothing has to be ended in peace.
    terminationGracePeriodSeconds: 1,
    nodeSelector: { 'kubernetes.io/os': 'linux', ...run.nodeSelector },
    affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [REAL_NODES] } } },
    // Nodes that are kept for some workloads need their images too.
    tolerations: [{ operator: 'Exists' }],
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 65534,
      runAsGroup: 65534,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    initContainers: [
      {
        name: 'helper',
        image: helperImage,
        imagePullPolicy: 'IfNotPresent',
        // busybox does what it is called.
        command: ['/bin/busybox', 'cp', '/bin/busybox', `${HELPER_FOLDER}/true`],
        volumeMounts: [HELPER_VOLUME],
        ...LIMITED,
      },
      ...run.images.map((image, index) => ({
        name: imageContainerName(index),
        image,
        imagePullPolicy: run.isByTag ? 'Always' : 'IfNotPresent',
        command: [`${HELPER_FOLDER}/true`],
        // An image's own may be a folder that only its user can enter.
        workingDir: '/',
        volumeMounts: [{ ...HELPER_VOLUME, readOnly: true }],
        ...LIMITED,
      })),
    ],
    containers: [
      {
        name: 'done',
        image: helperImage,
        imagePullPolicy: 'IfNotPresent',
        command: ['/bin/busybox', 'sleep', '2147483647'],
        ...LIMITED,
      },
    ],
    volumes: [{ name: HELPER_VOLUME.name, emptyDir: { sizeLimit: '8Mi' } }],
  };
}

/** Fargate and virtual kubelets look like nodes, take no DaemonSet, and would be waited for in vain. */
const REAL_NODES = {
  matchExpressions: [
    { key: 'eks.amazonaws.com/compute-type', operator: 'NotIn', values: ['fargate'] },
    { key: 'type', operator: 'NotIn', values: ['virtual-kubelet'] },
  ],
};

/**
 * The least that a container can start with; layers of images do not count as its ephemeral storage. Of that nothing is
 * requested: a kubelet without localStorageCapacityIsolation has none to give, and no request at all means the limit.
 */
const LIMITED = {
  resources: {
    requests: { cpu: '1m', memory: '8Mi', 'ephemeral-storage': '0' },
    limits: { cpu: '100m', memory: '32Mi', 'ephemeral-storage': '16Mi' },
  },
  securityContext: {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  },
};

/** Name of the init container of the image at that place of the list. */
export function imageContainerName(index: number): string {
  return `image-${index + 1}`;
}
