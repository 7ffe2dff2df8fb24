/** One kind of object that the embedded API serves. */
export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly shortNames?: readonly string[];
  readonly isNamespaced: boolean;
  readonly subresources?: readonly string[];
  readonly isInAll?: boolean;
  /** Only POST, and nothing is stored: reviews. */
  readonly isReview?: boolean;
}

function core(kind: string, plural: string, shortNames: readonly string[], more: Partial<Resource> = {}): Resource {
  return { group: '', version: 'v1', kind, plural, shortNames, isNamespaced: true, ...more };
}

function apps(kind: string, plural: string, shortNames: readonly string[], subresources: readonly string[]): Resource {
  return { group: 'apps', version: 'v1', kind, plural, shortNames, isNamespaced: true, subresources, isInAll: true };
}

function rbac(kind: string, plural: string, isNamespaced: boolean): Resource {
  return { group: 'rbac.authorization.k8s.io', version: 'v1', kind, plural, isNamespaced };
}

export const PODS = core('Pod', 'pods', ['po'], {
  subresources: ['status', 'log', 'binding', 'eviction', 'ephemeralcontainers'],
  isInAll: true,
});
export const EVENTS = core('Event', 'events', ['ev']);
export const SECRETS = core('Secret', 'secrets', []);
export const CONFIG_MAPS = core('ConfigMap', 'configmaps', ['cm']);
export const SERVICE_ACCOUNTS = core('ServiceAccount', 'serviceaccounts', ['sa'], { subresources: ['token'] });
export const NAMESPACES = core('Namespace', 'namespaces', ['ns'], { isNamespaced: false, subresources: ['status'] });
export const NODES = core('Node', 'nodes', ['no'], { isNamespaced: false, subresources: ['status'] });
export const DEPLOYMENTS = apps('Deployment', 'deployments', ['deploy'], ['status', 'scale']);
export const REPLICA_SETS = apps('ReplicaSet', 'replicasets', ['rs'], ['status', 'scale']);
export const STATEFUL_SETS = apps('StatefulSet', 'statefulsets', ['sts'], ['status', 'scale']);
export const DAEMON_SETS = apps('DaemonSet', 'daemonsets', ['ds'], ['status']);
export const CONTROLLER_REVISIONS: Resource = {
  group: 'apps',
  version: 'v1',
  kind: 'ControllerRevision',
  plural: 'controllerrevisions',
  isNamespaced: true,
};
export const JOBS: Resource = {
  group: 'batch',
  version: 'v1',
  kind: 'Job',
  plural: 'jobs',
  isNamespaced: true,
  subresources: ['status'],
  isInAll: true,
};

const REVIEWS = ['SelfSubjectAccessReview', 'SelfSubjectRulesReview', 'SubjectAccessReview'].map(
  (kind): Resource => ({
    group: 'authorization.k8s.io',
    version: 'v1',
    kind,
    plural: `${kind.toLowerCase()}s`,
    isNamespaced: false,
    isReview: true,
  }),
);

/** Whether it has a pod template and a controller that makes pods of it. */
export function isWorkload(resource: Resource): boolean {
  return [DEPLOYMENTS, REPLICA_SETS, STATEFUL_SETS, DAEMON_SETS, JOBS].includes(resource);
}

/** Everything served. What has no controller here is only kept: enough to apply manifests and to read them back. */
export const RESOURCES: readonly Resource[] = [
  PODS,
  EVENTS,
  SECRETS,
  CONFIG_MAPS,
  SERVICE_ACCOUNTS,
  NAMESPACES,
  NODES,
  core('Service', 'services', ['svc'], { isInAll: true }),
  core('Endpoints', 'endpoints', ['ep']),
  core('PersistentVolumeClaim', 'persistentvolumeclaims', ['pvc']),
  core('ResourceQuota', 'resourcequotas', ['quota']),
  core('LimitRange', 'limitranges', ['limits']),
  DEPLOYMENTS,
  REPLICA_SETS,
  STATEFUL_SETS,
  DAEMON_SETS,
  CONTROLLER_REVISIONS,
  JOBS,
  { ...JOBS, kind: 'CronJob', plural: 'cronjobs', shortNames: ['cj'] },
  rbac('Role', 'roles', true),
  rbac('RoleBinding', 'rolebindings', true),
  rbac('ClusterRole', 'clusterroles', false),
  rbac('ClusterRoleBinding', 'clusterrolebindings', false),
  ...['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'].map(
    (kind): Resource => ({
      group: 'admissionregistration.k8s.io',
      version: 'v1',
      kind,
      plural: kind.endsWith('y') ? 'validatingadmissionpolicies' : 'validatingadmissionpolicybindings',
      isNamespaced: false,
    }),
  ),
  { group: 'coordination.k8s.io', version: 'v1', kind: 'Lease', plural: 'leases', isNamespaced: true },
  ...REVIEWS,
];

export function apiVersionOf({ group, version }: Resource): string {
  return group === '' ? version : `${group}/${version}`;
}

/** `deployments.apps`, as the API server names a resource in its messages; core ones have no suffix. */
export function qualifiedName({ plural, group }: Resource): string {
  return group === '' ? plural : `${plural}.${group}`;
}

export function findResource(group: string, version: string, plural: string): Resource | undefined {
  return RESOURCES.find((one) => one.group === group && one.version === version && one.plural === plural);
}

export function resourceOf(object: { readonly apiVersion: string; readonly kind: string }): Resource | undefined {
  return RESOURCES.find((one) => one.kind === object.kind && apiVersionOf(one) === object.apiVersion);
}
