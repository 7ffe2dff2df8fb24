import { parseReference } from '../registry/reference.ts';
import { badRequest } from './api-error.ts';
import { randomSuffix } from './names.ts';
import type {
  ApiObject,
  ContainerSpec,
  Json,
  PodObject,
  PodSpecObject,
  SecretObject,
  WorkloadObject,
} from './objects.ts';
import {
  DAEMON_SETS,
  DEPLOYMENTS,
  isWorkload,
  JOBS,
  PODS,
  REPLICA_SETS,
  type Resource,
  SECRETS,
  STATEFUL_SETS,
} from './resources.ts';

/** `Always` for `:latest` or no tag, else `IfNotPresent`; a digest counts as a tag (pkg/apis/core/v1/defaults.go). */
export function defaultPullPolicy(image: string): string {
  const parsed = parseReference(image);
  if ('error' in parsed) return 'IfNotPresent';
  return parsed.tag === 'latest' ? 'Always' : 'IfNotPresent';
}

function defaultContainer(container: ContainerSpec): void {
  container.imagePullPolicy ??= defaultPullPolicy(container.image ?? '');
  container.resources ??= {};
  container.terminationMessagePath ??= '/dev/termination-log';
  container.terminationMessagePolicy ??= 'File';
  for (const port of container.ports ?? []) port.protocol ??= 'TCP';
}

export function defaultPodSpec(spec: PodSpecObject): void {
  for (const one of [...(spec.containers ?? []), ...(spec.initContainers ?? [])]) defaultContainer(one);
  for (const volume of spec.volumes ?? []) {
    if (volume.image) volume.image.pullPolicy ??= defaultPullPolicy(volume.image.reference ?? '');
  }
  spec['dnsPolicy'] ??= 'ClusterFirst';
  spec.restartPolicy ??= 'Always';
  spec['schedulerName'] ??= 'default-scheduler';
  spec['securityContext'] ??= {};
  spec.terminationGracePeriodSeconds ??= 30;
  const account = spec.serviceAccountName ?? spec.serviceAccount;
  if (account !== undefined) {
    spec.serviceAccountName = account;
    spec.serviceAccount = account;
  }
}

/** What the ServiceAccount admission mounts into every container that has not opted out. */
function mountToken(spec: PodSpecObject): void {
  if (spec.automountServiceAccountToken === false) return;
  if (spec.volumes?.some(({ name }) => name.startsWith('kube-api-access-'))) return;
  const name = `kube-api-access-${randomSuffix()}`;
  for (const container of [...spec.containers, ...(spec.initContainers ?? [])]) {
    const mount = { name, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount', readOnly: true };
    container.volumeMounts = [...(container.volumeMounts ?? []), mount];
  }
  const sources: Json[] = [
    { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
    { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
    {
      downwardAPI: { items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }] },
    },
  ];
  spec.volumes = [...(spec.volumes ?? []), { name, projected: { sources, defaultMode: 420 } }];
}

function toleration(key: string) {
  return { key: `node.kubernetes.io/${key}`, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 };
}

/** Defaults and admission of a new pod but for the pull secrets, which need the ServiceAccount. */
function defaultPod(pod: PodObject): void {
  const { spec } = pod;
  spec.containers ??= [];
  defaultPodSpec(spec);
  spec.serviceAccountName ??= 'default';
  spec.serviceAccount = spec.serviceAccountName;
  spec['enableServiceLinks'] ??= true;
  spec['priority'] ??= 0;
  spec['preemptionPolicy'] ??= 'PreemptLowerPriority';
  mountToken(spec);
  const own = spec.tolerations ?? [];
  const added = ['not-ready', 'unreachable'].filter((key) => !own.some((one) => one.key?.endsWith(`/${key}`)));
  spec.tolerations = [...own, ...added.map(toleration)];
  pod.status = { phase: 'Pending', qosClass: 'BestEffort' };
}

function defaultWorkload(resource: Resource, workload: WorkloadObject): void {
  const { spec } = workload;
  if (!spec?.template) return;
  spec.template.metadata ??= {};
  defaultPodSpec(spec.template.spec);
  workload.status ??= {};
  if (resource === DEPLOYMENTS) {
    spec.replicas ??= 1;
    spec.revisionHistoryLimit ??= 10;
    spec.progressDeadlineSeconds ??= 600;
    spec.strategy ??= {};
    spec.strategy.type ??= 'RollingUpdate';
    if (spec.strategy.type === 'RollingUpdate') {
      spec.strategy.rollingUpdate = { maxSurge: '25%', maxUnavailable: '25%', ...spec.strategy.rollingUpdate };
    }
  }
  if (resource === REPLICA_SETS) spec.replicas ??= 1;
  if (resource === STATEFUL_SETS) {
    spec.replicas ??= 1;
    spec.revisionHistoryLimit ??= 10;
    spec.podManagementPolicy ??= 'OrderedReady';
    spec.updateStrategy ??= { type: 'RollingUpdate', rollingUpdate: { partition: 0 } };
    spec['persistentVolumeClaimRetentionPolicy'] ??= { whenDeleted: 'Retain', whenScaled: 'Retain' };
  }
  if (resource === DAEMON_SETS) {
    spec.revisionHistoryLimit ??= 10;
    spec.updateStrategy ??= { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } };
  }
  if (resource === JOBS) defaultJob(workload);
}

/** The API server, not the job controller, gives a Job its selector and the labels for it. */
function defaultJob(job: WorkloadObject): void {
  const { spec, metadata } = job;
  spec.parallelism ??= 1;
  spec.completions ??= 1;
  spec.backoffLimit ??= 6;
  spec.suspend ??= false;
  spec.manualSelector ??= false;
  spec['completionMode'] ??= 'NonIndexed';
  spec['podReplacementPolicy'] ??= 'TerminatingOrFailed';
  if (spec.selector || spec.manualSelector) return;
  const controllerUid = 'batch.kubernetes.io/controller-uid';
  spec.selector = { matchLabels: { [controllerUid]: metadata.uid } };
  const labels = {
    [controllerUid]: metadata.uid,
    'batch.kubernetes.io/job-name': metadata.name,
    'controller-uid': metadata.uid,
    'job-name': metadata.name,
  };
  spec.template.metadata = { ...spec.template.metadata, labels: { ...spec.template.metadata?.labels, ...labels } };
  metadata.labels ??= { ...spec.template.metadata.labels };
}

function defaultSecret(secret: SecretObject & { stringData?: Record<string, string> }): void {
  secret.type ??= 'Opaque';
  if (!secret.stringData) return;
  const added = Object.entries(secret.stringData).map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
  secret.data = { ...secret.data, ...Object.fromEntries(added) };
  delete secret.stringData;
}

/** kubectl sends `creationTimestamp: null` inside templates; the server's types have no nulls there. */
function dropNulls(value: unknown): void {
  if (value === null || typeof value !== 'object') return;
  for (const [key, one] of Object.entries(value)) {
    if (one === null) delete (value as Json)[key];
    else dropNulls(one);
  }
}

/** A list that is none would fail further in: the real server refuses it while decoding. */
function checkLists(spec: unknown): void {
  const { template, ...own } = (spec ?? {}) as { readonly template?: { readonly spec?: object } };
  for (const fields of [own, template?.spec ?? {}]) {
    for (const name of ['containers', 'initContainers', 'volumes', 'imagePullSecrets', 'tolerations']) {
      const value = (fields as Json)[name];
      if (value === undefined || (Array.isArray(value) && value.every((one) => typeof one === 'object'))) continue;
      throw badRequest(`the object in the request could not be decoded: spec.${name} is not a list of objects`);
    }
  }
}

/** Fills in what the API server fills in. Changes the object; `isNew` adds what only admission of a create does. */
export function applyDefaults(resource: Resource, object: ApiObject, isNew: boolean): void {
  dropNulls((object as ApiObject & Json)['spec']);
  checkLists((object as ApiObject & Json)['spec']);
  if (resource === PODS && isNew) defaultPod(object as PodObject);
  if (resource === PODS && !isNew) defaultPodSpec((object as PodObject).spec);
  if (resource === SECRETS) defaultSecret(object as SecretObject);
  if (isWorkload(resource)) {
    defaultWorkload(resource, object as WorkloadObject);
  }
}
