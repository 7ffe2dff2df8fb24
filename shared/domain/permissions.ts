import type { RemedyId } from './remedy/proposal.ts';

/** As whom pullmedic acts in a cluster. */
export type Identity = 'triage' | 'refresh' | 'remedy';

/** A folder of `infra/kubernetes`, below `overlays/` but for `base`. */
export type Overlay =
  | 'base'
  | 'overlays/triage'
  | 'overlays/read-secrets'
  | 'overlays/refresh'
  | 'overlays/refresh-by-label'
  | 'overlays/refresh-attach'
  | 'overlays/refresh-retry-pods'
  | 'overlays/remedy';

/** What of the configuration makes a permission necessary. */
export type Need =
  | { readonly kind: 'always' }
  /** `events: true`. */
  | { readonly kind: 'events' }
  /** Nothing but better answers: what cannot be read is said. */
  | { readonly kind: 'evidence' }
  /** A target that writes; `create`: one with `create: true`. */
  | { readonly kind: 'target'; readonly with?: 'create' | 'label' | 'attach' | 'retry' | undefined }
  /** A rule of the policy that allows one of these. */
  | { readonly kind: 'remedy'; readonly ids: readonly RemedyId[] | 'any' };

/** One thing that pullmedic does in a cluster: one row of `docs/permissions.md`. */
export interface Permission {
  readonly identity: Identity;
  /** As `kubectl auth can-i` names them. */
  readonly verbs: readonly Verb[];
  /** `''` = the core group. */
  readonly group: string;
  readonly resources: readonly string[];
  /** Asked for in the whole cluster, or by a RoleBinding of each namespace. */
  readonly scope: 'cluster' | 'namespace';
  readonly need: Need;
  /** What it is for. */
  readonly purpose: string;
  /** What is lost without it. */
  readonly without: string;
  readonly overlay: Overlay;
  /**
   * Verbs that the same rule of the role grants and nothing asks for: reads of what may be read anyway. `doctor` does not
   * miss them.
   */
  readonly grantedToo?: readonly Verb[] | undefined;
}

export type Verb = 'get' | 'list' | 'create' | 'patch' | 'delete';

const APPS = ['deployments', 'replicasets', 'statefulsets', 'daemonsets'] as const;
const BATCH = ['jobs', 'cronjobs'] as const;

const TRIAGE: readonly Permission[] = [
  {
    ...read('triage', 'cluster', ['list'], ['pods', 'events']),
    purpose: 'find failing pods and what the kubelet says of them',
    without: 'no diagnosis: pullmedic is blind in this cluster',
    grantedToo: ['get'],
  },
  {
    ...read('triage', 'cluster', ['list'], ['serviceaccounts']),
    purpose: 'know which pull secrets a pod inherits',
    without: 'a missing or unattached pull secret is not recognised',
    grantedToo: ['get'],
  },
  {
    ...read('triage', 'cluster', ['get'], ['nodes']),
    purpose: 'tell a fault of the node (disk, architecture) from one of the image',
    without: 'disk-full and platform-mismatch are guessed, not proven',
    grantedToo: ['list'],
  },
  {
    ...read('triage', 'cluster', ['get'], ['namespaces']),
    purpose: 'read whom a namespace wants told (`pullmedic.dev/…`)',
    without: 'channel, on-call group and mute of a namespace are not honoured',
    grantedToo: ['list'],
  },
  {
    ...read('triage', 'cluster', ['list'], APPS, 'apps'),
    purpose: 'say what still serves, and what the rollout changed',
    without: 'messages cannot say whether the old revision still serves',
    grantedToo: ['get'],
  },
  {
    ...read('triage', 'cluster', ['list'], BATCH, 'batch'),
    purpose: 'fold the runs of a job into one incident',
    without: 'each run of a job is an incident of its own',
    grantedToo: ['get'],
  },
  {
    identity: 'triage',
    verbs: ['create', 'patch'],
    group: '',
    resources: ['events'],
    scope: 'cluster',
    need: { kind: 'events' },
    purpose: 'put the diagnosis on the pod as an Event',
    without: '`kubectl describe pod` does not end with the diagnosis; nothing else is lost',
    overlay: 'overlays/triage',
  },
  {
    ...read('triage', 'namespace', ['get'], ['secrets']),
    need: { kind: 'evidence' },
    purpose: 'check the pull secrets that failing pods name: hosts and expiry',
    without:
      'an expired or wrong pull secret is guessed; the message says "could not read secret", with the command that grants that one',
    overlay: 'overlays/read-secrets',
  },
];

const REFRESH: readonly Permission[] = [
  {
    identity: 'refresh',
    verbs: ['get', 'patch'],
    group: '',
    resources: ['secrets'],
    scope: 'namespace',
    need: { kind: 'target' },
    purpose: 'renew the pull secrets of targets in place',
    without: 'expired ECR secrets are told, not renewed',
    overlay: 'overlays/refresh',
  },
  {
    identity: 'refresh',
    verbs: ['create'],
    group: '',
    resources: ['secrets'],
    scope: 'namespace',
    need: { kind: 'target', with: 'create' },
    purpose: 'make the missing secrets of targets with `create: true`',
    without: 'a missing secret is told, not made',
    overlay: 'overlays/refresh',
  },
  {
    identity: 'refresh',
    verbs: ['list'],
    group: '',
    resources: ['namespaces'],
    scope: 'cluster',
    need: { kind: 'target', with: 'label' },
    purpose: 'find the namespaces of targets with `namespaceLabel`',
    without: 'such a target reaches no namespace',
    overlay: 'overlays/refresh-by-label',
  },
  {
    identity: 'refresh',
    verbs: ['list', 'patch'],
    group: '',
    resources: ['serviceaccounts'],
    scope: 'namespace',
    need: { kind: 'target', with: 'attach' },
    purpose: 'name the secret in service accounts (`attachTo`)',
    without: 'the secret is renewed, but nothing uses it by itself',
    overlay: 'overlays/refresh-attach',
  },
  {
    identity: 'refresh',
    verbs: ['list', 'delete'],
    group: '',
    resources: ['pods'],
    scope: 'namespace',
    need: { kind: 'target', with: 'retry' },
    purpose: 'restart stuck pods after a repair (`retryPods`)',
    without: "stuck pods wait for the kubelet's next try, 5 minutes at most",
    overlay: 'overlays/refresh-retry-pods',
  },
];

const REMEDY: readonly Permission[] = [
  {
    ...read('remedy', 'namespace', ['get', 'list'], ['pods', 'serviceaccounts']),
    need: { kind: 'remedy', ids: 'any' },
    purpose: 'look again before anything is changed, and read what is changed',
    without: 'no button works: advice instead',
    overlay: 'overlays/remedy',
  },
  {
    ...read('remedy', 'namespace', ['list'], ['events']),
    need: { kind: 'remedy', ids: 'any' },
    purpose: 'look again before anything is changed',
    without: 'no button works: advice instead',
    overlay: 'overlays/remedy',
    grantedToo: ['get'],
  },
  {
    ...read('remedy', 'namespace', ['get'], ['namespaces']),
    need: { kind: 'remedy', ids: 'any' },
    purpose: 'read whether the namespace says `pullmedic.dev/mode: advise`',
    without: 'no button works: advice instead',
    overlay: 'overlays/remedy',
  },
  {
    ...read('remedy', 'namespace', ['get', 'list'], APPS, 'apps'),
    need: { kind: 'remedy', ids: 'any' },
    purpose: 'read the workload that is changed, and its earlier revisions',
    without: 'no button works: advice instead',
    overlay: 'overlays/remedy',
  },
  {
    ...read('remedy', 'namespace', ['list'], BATCH, 'batch'),
    need: { kind: 'remedy', ids: 'any' },
    purpose: 'leave pods of jobs alone',
    without: 'no button works: advice instead',
    overlay: 'overlays/remedy',
    grantedToo: ['get'],
  },
  {
    ...read('remedy', 'namespace', ['get'], ['secrets']),
    need: { kind: 'evidence' },
    purpose: 'check pull secrets again before anything is changed',
    without: 'the plan says which secret could not be read',
    overlay: 'overlays/read-secrets',
  },
  {
    identity: 'remedy',
    verbs: ['delete'],
    group: '',
    resources: ['pods'],
    scope: 'namespace',
    need: { kind: 'remedy', ids: ['retry-now', 'refresh-pull-secret', 'attach-pull-secret'] },
    purpose: 'restart stuck pods that never ran',
    without: "stuck pods wait for the kubelet's next try, 5 minutes at most",
    overlay: 'overlays/remedy',
  },
  {
    identity: 'remedy',
    verbs: ['patch'],
    group: 'apps',
    resources: ['deployments', 'statefulsets', 'daemonsets'],
    scope: 'namespace',
    need: { kind: 'remedy', ids: ['roll-back', 'pin-digest', 'correct-image', 'attach-pull-secret', 'undo'] },
    purpose: 'change the tag or digest of an image within its repository, or the pull secrets of the pod template',
    without: 'rolling back, pinning and correcting a tag are advice, not buttons',
    overlay: 'overlays/remedy',
  },
  {
    identity: 'remedy',
    verbs: ['patch'],
    group: '',
    resources: ['serviceaccounts'],
    scope: 'namespace',
    need: { kind: 'remedy', ids: ['attach-pull-secret'] },
    purpose: 'attach a pull secret of the same namespace',
    without: 'attaching a pull secret is advice, not a button',
    overlay: 'overlays/remedy',
  },
];

/** Everything that pullmedic does in a cluster, by identity. `doctor` asks for each, `infra/kubernetes` grants each. */
export const PERMISSIONS: readonly Permission[] = [...TRIAGE, ...REFRESH, ...REMEDY];

function read(
  identity: Identity,
  scope: Permission['scope'],
  verbs: readonly Verb[],
  resources: readonly string[],
  group = '',
): Omit<Permission, 'purpose' | 'without'> {
  return { identity, verbs, group, resources, scope, need: { kind: 'always' }, overlay: 'base' };
}

/** The ValidatingAdmissionPolicies of `infra/kubernetes/policies`: what RBAC cannot say. */
export const ADMISSION_POLICIES: readonly string[] = [
  'pullmedic-events',
  'pullmedic-nothing-else',
  'pullmedic-pods',
  'pullmedic-secrets',
  'pullmedic-service-accounts',
  'pullmedic-workloads',
];
