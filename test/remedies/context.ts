import { diagnose } from '../../shared/diagnosis/diagnose.ts';
import { findPullFailures } from '../../shared/domain/find-pull-failures.ts';
import { buildMembers } from '../../shared/domain/incident/build-members.ts';
import { buildWorld } from '../../shared/domain/incident/world.ts';
import type { Member } from '../../shared/domain/incident.ts';
import type { KubeSecret, Pod, ServiceAccount, Workload } from '../../shared/domain/kubernetes.ts';
import type { PullFailure } from '../../shared/domain/pull-failure.ts';
import type { RefreshTarget } from '../../shared/domain/refresh/target.ts';
import type { RegistryAnswer } from '../../shared/domain/registry-answer.ts';
import type { ClusterSnapshot } from '../../shared/domain/snapshot.ts';
import { remedyContexts } from '../../shared/flows/looking/propose-for-members.ts';
import type { RemedyContext } from '../../shared/remedies/remedy.ts';
import { deployment, failingPod, notFoundText, pullEvents, replicaSet, runningPod } from '../flows/kube-objects.ts';

export const NOW = Date.UTC(2026, 10, 22, 12);
export const MINUTE = 60_000;
export const REPOSITORY = 'registry.example.com/shop/web';
export const BAD = `${REPOSITORY}:v1.2.33`;
export const GOOD = `${REPOSITORY}:v1.2.2`;
const BORN = NOW - 10 * MINUTE;

export interface Scene {
  readonly pods: readonly Pod[];
  readonly workloads?: readonly Workload[];
  readonly secrets?: readonly KubeSecret[];
  readonly missingSecrets?: readonly string[];
  readonly serviceAccounts?: readonly ServiceAccount[];
  readonly namespace?: Pod['metadata'];
  readonly registry?: Partial<RegistryAnswer>;
  readonly targets?: readonly RefreshTarget[];
  readonly manualSync?: readonly string[];
  /** The runtime's words, where the pods do not tell them. */
  readonly text?: string;
  readonly change?: (failure: PullFailure) => PullFailure;
  readonly member?: Partial<Member>;
}

/** What remedies judge, made from objects as a look makes it: one context for each failing member. */
export function contextsOf(scene: Scene): readonly RemedyContext[] {
  const snapshot: ClusterSnapshot = {
    cluster: 'prod-eu',
    pods: scene.pods,
    events: scene.pods.filter(isWaiting).flatMap((pod) => pullEvents(pod, scene.text ?? wordsOf(pod), NOW - MINUTE)),
    secrets: scene.secrets ?? [],
    secretsNotRead: Object.fromEntries(
      (scene.missingSecrets ?? []).map((name) => [`shop/${name}`, 'missing' as const]),
    ),
    serviceAccounts: scene.serviceAccounts ?? [{ metadata: { name: 'default', namespace: 'shop' } }],
    nodes: [],
    workloads: scene.workloads ?? [],
    namespaces: [{ metadata: { name: 'shop', ...scene.namespace } }],
    gaps: [],
    observedAt: NOW,
  };
  const world = buildWorld(snapshot);
  const registry = scene.registry && { ...SILENT, ...scene.registry };
  const failures = findPullFailures(snapshot)
    .map((failure): PullFailure => (registry === undefined ? failure : { ...failure, registry }))
    .map(scene.change ?? ((failure) => failure));
  const diagnosed = failures.map((failure) => ({ failure, findings: diagnose(failure) }));
  const failing = buildMembers(diagnosed, world, []).map((member) => ({ ...member, ...scene.member }));
  const config = {
    targets: scene.targets ?? [],
    policy: { mode: 'by-rule' as const, rules: [], argoCdManualSync: scene.manualSync ?? [] },
  };
  return [...remedyContexts({ cluster: 'prod-eu', failing, diagnosed, world, now: NOW }, config).values()];
}

/** The only context of a scene with one failing member. */
export function contextOf(scene: Scene): RemedyContext {
  const [context, ...others] = contextsOf(scene);
  if (context === undefined || others.length > 0) throw new Error(`${others.length + 1} members, or none`);
  return context;
}

const SILENT: RegistryAnswer = {
  host: 'registry.example.com',
  vantage: 'asked by pullmedic',
  observedAt: NOW,
  attempts: [],
  digest: undefined,
  platforms: undefined,
  tags: undefined,
  rateLimit: undefined,
  ecr: undefined,
};

/** The registry proved that the tag is missing, and named others. */
export function lacksTag(...tags: readonly string[]): Partial<RegistryAnswer> {
  return {
    attempts: [
      {
        credential: undefined,
        result: 'manifest-unknown',
        answeredBy: 'registry',
        httpStatus: 404,
        code: 'MANIFEST_UNKNOWN',
      },
    ],
    tags: { nearest: tags.map((tag) => ({ tag, pushedAt: undefined })), count: tags.length, isComplete: true },
  };
}

function isWaiting({ status }: Pod): boolean {
  return status?.phase === 'Pending';
}

function wordsOf(pod: Pod): string {
  const message = pod.status?.containerStatuses?.[0]?.state?.waiting?.message ?? '';
  return message.replace(/^.*?ErrImagePull: /s, '');
}

export interface StuckOptions {
  readonly node?: string;
  readonly image?: string;
  readonly text?: string;
  readonly pullSecret?: string;
  readonly deployment?: string;
  readonly owner?: string;
  readonly policy?: string;
  readonly bornAt?: number;
}

/** A pod that waits for an image, as the API server tells it. */
export function stuckPod(name: string, options: StuckOptions = {}): Pod {
  const { node = 'node-1', image = BAD, text = notFoundText(image), pullSecret, owner, bornAt = BORN } = options;
  const { deployment: workload = 'web' } = options;
  const pod = failingPod(
    {
      namespace: 'shop',
      name,
      image,
      at: bornAt,
      deployment: workload,
      hash: 'new1',
      node,
      ...(pullSecret === undefined ? {} : { pullSecret }),
    },
    text,
  );
  const metadata = { ...pod.metadata, uid: `uid-${name}`, resourceVersion: '7' };
  const spec =
    options.policy === undefined
      ? pod.spec
      : { ...pod.spec, containers: pod.spec?.containers?.map((one) => ({ ...one, imagePullPolicy: options.policy })) };
  const owned =
    owner === undefined
      ? metadata
      : { ...metadata, ownerReferences: [{ kind: owner, name: 'web', controller: true }], labels: {} };
  return { ...pod, metadata: owned, spec } as Pod;
}

/** A pod that runs, and reports this digest. */
export function goodPod(name: string, options: { image?: string; digest?: string; hash?: string } = {}): Pod {
  const { image = GOOD, digest, hash = 'old1' } = options;
  const pod = runningPod({ namespace: 'shop', name, image, at: BORN, deployment: 'web', hash, node: 'node-9' });
  const statuses = pod.status?.containerStatuses?.map((status) => ({
    ...status,
    ...(digest === undefined ? {} : { imageID: `${REPOSITORY}@${digest}` }),
  }));
  return { ...pod, status: { ...pod.status, containerStatuses: statuses } } as Pod;
}

export interface WorkloadOptions {
  readonly kind?: string;
  readonly image?: string;
  readonly desired?: number;
  readonly available?: number;
  readonly metadata?: Workload['metadata'];
  readonly spec?: Readonly<Record<string, unknown>>;
}

export function web(options: WorkloadOptions = {}): Workload {
  const { kind = 'Deployment', image = BAD, desired = 3, available = 3, metadata, spec } = options;
  const base = deployment({ namespace: 'shop', name: 'web', image, desired, available });
  return {
    ...base,
    kind,
    metadata: { ...base.metadata, uid: 'uid-web', ...metadata },
    spec: { ...base.spec, ...spec },
  } as Workload;
}

/** The ReplicaSets of a rollout that is stuck: revision 41 serves, revision 42 fails. */
export function revisions(options: { old?: string; available?: number; template?: object } = {}): readonly Workload[] {
  const { old = GOOD, available = 3, template } = options;
  const common = { namespace: 'shop', deployment: 'web', at: BORN };
  const before = replicaSet({ ...common, hash: 'old1', revision: 41, image: old, desired: 3, available });
  return [
    template === undefined ? before : ({ ...before, spec: { ...before.spec, template } } as Workload),
    replicaSet({ ...common, hash: 'new1', revision: 42, image: BAD, desired: 1, available: 0 }),
  ];
}

/** A rollout that is stuck on a tag that is not there, while the old revision serves. */
export function stuckRollout(change: Partial<Scene> = {}): Scene {
  return {
    pods: [stuckPod('web-new1-a'), goodPod('web-old1-a'), goodPod('web-old1-b'), goodPod('web-old1-c')],
    workloads: [web(), ...revisions()],
    registry: lacksTag('v1.2.3', 'v1.2.2'),
    ...change,
  };
}

export const ARGO = { annotations: { 'argocd.argoproj.io/tracking-id': 'shop-prod:apps/Deployment:shop/web' } };
