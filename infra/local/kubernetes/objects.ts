/**
 * Kubernetes objects as the embedded cluster holds them. Objects in the store are never changed in place: a writer
 * clones, changes the clone and stores it, so readers and watchers may keep what they got.
 */
export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

export interface ManagedFieldsEntry {
  manager: string;
  operation: 'Update' | 'Apply';
  apiVersion: string;
  time: string;
  fieldsType: 'FieldsV1';
  fieldsV1: unknown;
  subresource?: string;
}

export interface Meta {
  name: string;
  namespace?: string;
  generateName?: string;
  uid: string;
  resourceVersion: string;
  generation?: number;
  creationTimestamp: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
  finalizers?: string[];
  managedFields?: ManagedFieldsEntry[];
}

export interface ApiObject {
  apiVersion: string;
  kind: string;
  metadata: Meta;
}

/** JSON of any shape, for the generic parts. */
export type Json = { [key: string]: unknown };

export interface ObjectCondition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
  lastUpdateTime?: string;
  lastProbeTime?: null;
  observedGeneration?: number;
}

export interface ContainerSpec {
  name: string;
  image?: string;
  imagePullPolicy?: string;
  resources?: Json;
  restartPolicy?: string;
  terminationMessagePath?: string;
  terminationMessagePolicy?: string;
  ports?: { containerPort: number; protocol?: string }[];
  volumeMounts?: { name: string; mountPath: string; readOnly?: boolean }[];
}

export interface VolumeSpec {
  name: string;
  image?: { reference?: string; pullPolicy?: string };
  projected?: Json;
}

export interface PodSpecObject {
  containers: ContainerSpec[];
  initContainers?: ContainerSpec[];
  ephemeralContainers?: ContainerSpec[];
  volumes?: VolumeSpec[];
  imagePullSecrets?: { name?: string }[];
  nodeName?: string;
  nodeSelector?: Record<string, string>;
  affinity?: Json;
  tolerations?: { key?: string; operator?: string; value?: string; effect?: string; tolerationSeconds?: number }[];
  restartPolicy?: string;
  serviceAccountName?: string;
  serviceAccount?: string;
  terminationGracePeriodSeconds?: number;
  automountServiceAccountToken?: boolean;
  hostname?: string;
  subdomain?: string;
  [key: string]: unknown;
}

export interface ContainerStateObject {
  waiting?: { reason: string; message?: string };
  running?: { startedAt: string };
  terminated?: { exitCode: number; reason: string; startedAt: string; finishedAt: string; containerID: string };
}

export interface ContainerStatusObject {
  name: string;
  image: string;
  imageID: string;
  containerID?: string;
  ready: boolean;
  started: boolean;
  restartCount: number;
  state: ContainerStateObject;
  lastState: ContainerStateObject;
  volumeMounts?: Json[];
}

export interface PodStatusObject {
  phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed';
  conditions?: ObjectCondition[];
  containerStatuses?: ContainerStatusObject[];
  initContainerStatuses?: ContainerStatusObject[];
  ephemeralContainerStatuses?: ContainerStatusObject[];
  hostIP?: string;
  hostIPs?: { ip: string }[];
  podIP?: string;
  podIPs?: { ip: string }[];
  qosClass?: string;
  startTime?: string;
  observedGeneration?: number;
}

export interface PodObject extends ApiObject {
  spec: PodSpecObject;
  status: PodStatusObject;
}

export interface PodTemplate {
  metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> };
  spec: PodSpecObject;
}

export interface LabelSelector {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

/** Deployment, ReplicaSet, StatefulSet, DaemonSet or Job: the fields that their controllers use. */
export interface WorkloadObject extends ApiObject {
  spec: {
    replicas?: number;
    paused?: boolean;
    suspend?: boolean;
    selector: LabelSelector;
    template: PodTemplate;
    strategy?: { type?: string; rollingUpdate?: { maxSurge?: number | string; maxUnavailable?: number | string } };
    updateStrategy?: { type?: string; rollingUpdate?: { partition?: number; maxUnavailable?: number | string } };
    revisionHistoryLimit?: number;
    progressDeadlineSeconds?: number;
    podManagementPolicy?: string;
    serviceName?: string;
    parallelism?: number;
    completions?: number;
    backoffLimit?: number;
    manualSelector?: boolean;
    [key: string]: unknown;
  };
  status: { conditions?: ObjectCondition[]; [key: string]: unknown };
}

export interface NodeObject extends ApiObject {
  spec: { taints?: { key: string; value?: string; effect: string }[]; unschedulable?: boolean; podCIDR?: string };
  status: {
    conditions: ObjectCondition[];
    nodeInfo: Record<string, string>;
    addresses: { type: string; address: string }[];
    images: { names: string[]; sizeBytes: number }[];
    capacity: Record<string, string>;
    allocatable: Record<string, string>;
  };
}

export interface EventObject extends ApiObject {
  type: string;
  reason: string;
  message: string;
  count?: number;
  eventTime: string | null;
  firstTimestamp: string | null;
  lastTimestamp: string | null;
  action?: string;
  involvedObject: {
    apiVersion: string;
    kind: string;
    name: string;
    namespace: string;
    uid: string;
    resourceVersion?: string;
    fieldPath?: string;
  };
  reportingComponent: string;
  reportingInstance: string;
  source: { component?: string; host?: string };
}

export interface SecretObject extends ApiObject {
  type?: string;
  data?: Record<string, string>;
  immutable?: boolean;
}

export interface ServiceAccountObject extends ApiObject {
  imagePullSecrets?: { name?: string }[];
}

/** A copy that may be changed. */
export function clone<T>(value: T): T {
  return structuredClone(value);
}

/** RFC 3339 in whole seconds, as metav1.Time prints. */
export function timestamp(instant: number): string {
  return `${new Date(instant).toISOString().slice(0, 19)}Z`;
}

/** Now, as an object carries it. */
export function stamp(clock: { now(): number }): string {
  return timestamp(clock.now());
}

/** RFC 3339 with microseconds, as metav1.MicroTime prints. */
export function microTimestamp(instant: number): string {
  return `${new Date(instant).toISOString().slice(0, 23)}000Z`;
}

/** The reference of a controller to put into what it owns. */
export function controllerReference(owner: ApiObject): OwnerReference {
  const { apiVersion, kind } = owner;
  const { name, uid } = owner.metadata;
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}

export function controllerOf(object: ApiObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((owner) => owner.controller);
}

export function isConditionTrue(conditions: readonly ObjectCondition[] | undefined, type: string): boolean {
  return conditions?.some((one) => one.type === type && one.status === 'True') ?? false;
}
