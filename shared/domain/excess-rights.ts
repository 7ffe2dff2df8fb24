/** A right in the whole cluster that no identity of pullmedic needs. */
export interface ExcessRight {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  /** What whoever steals the credential could do with it. */
  readonly harm: string;
}

const RBAC = 'rbac.authorization.k8s.io';
const ADMISSION = 'admissionregistration.k8s.io';

/** Asked for in the whole cluster; the first says that all others need not be asked for. */
export const EXCESS_RIGHTS: readonly ExcessRight[] = [
  { verb: '*', group: '*', resource: '*', harm: 'it is a cluster administrator' },
  { verb: 'list', group: '', resource: 'secrets', harm: 'reads every credential of the cluster' },
  { verb: 'get', group: '', resource: 'secrets', harm: 'reads any Secret whose name it knows' },
  { verb: 'patch', group: '', resource: 'secrets', harm: 'writes any Secret' },
  { verb: 'delete', group: '', resource: 'secrets', harm: 'deletes any Secret' },
  { verb: 'create', group: '', resource: 'pods', harm: 'runs any program with any Secret mounted' },
  { verb: 'create', group: '', resource: 'pods/exec', harm: 'runs programs in any pod' },
  { verb: 'delete', group: '', resource: 'pods', harm: 'stops any pod' },
  { verb: 'create', group: 'apps', resource: 'deployments', harm: 'runs any program' },
  { verb: 'patch', group: 'apps', resource: 'deployments', harm: 'changes what any Deployment runs' },
  { verb: 'create', group: '', resource: 'serviceaccounts/token', harm: 'becomes any service account' },
  { verb: 'impersonate', group: '', resource: 'users', harm: 'becomes any user' },
  { verb: 'create', group: RBAC, resource: 'clusterrolebindings', harm: 'grants rights' },
  { verb: 'create', group: RBAC, resource: 'rolebindings', harm: 'grants rights' },
  { verb: 'escalate', group: RBAC, resource: 'clusterroles', harm: 'grants rights that it does not have' },
  { verb: 'patch', group: ADMISSION, resource: 'validatingadmissionpolicies', harm: 'takes away its own guardrails' },
  {
    verb: 'delete',
    group: ADMISSION,
    resource: 'validatingadmissionpolicybindings',
    harm: 'takes away its own guardrails',
  },
  { verb: 'delete', group: '', resource: 'namespaces', harm: 'deletes whole namespaces' },
  { verb: 'patch', group: '', resource: 'nodes', harm: 'changes where pods run' },
];
