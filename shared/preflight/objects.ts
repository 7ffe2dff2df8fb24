import { conform, type Shape } from '../domain/find-pull-failures/conform.ts';
import { readManagedBy } from '../domain/find-pull-failures/managed-by.ts';
import { controllerOf } from '../domain/find-pull-failures/owner.ts';
import type { ContainerStatus, ObjectMeta, PodSpec } from '../domain/kubernetes.ts';
import { META, NODE_SPEC, NODE_STATUS, PLACED_SPEC, REFERENCES, STATUSES } from './shapes.ts';

/** `operator` is `In`, `NotIn`, `Exists`, `DoesNotExist`, `Gt` or `Lt`. */
export interface NodeRequirement {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

export interface NodeTerm {
  readonly matchExpressions?: readonly NodeRequirement[];
  readonly matchFields?: readonly NodeRequirement[];
}

export interface Toleration {
  readonly key?: string;
  readonly operator?: string;
  readonly value?: string;
  readonly effect?: string;
}

/** A pod spec with what decides on which nodes it may run. */
export interface PlacedPodSpec extends PodSpec {
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly tolerations?: readonly Toleration[];
  readonly affinity?: {
    readonly nodeAffinity?: {
      readonly requiredDuringSchedulingIgnoredDuringExecution?: { readonly nodeSelectorTerms?: readonly NodeTerm[] };
    };
  };
}

export interface OwnerName {
  readonly kind: string;
  readonly name: string;
}

/** Something that makes pods, or a ReplicaSet or Job between such a thing and its pods. */
export interface PreflightWorkload {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** Who made it. */
  readonly owner: OwnerName | undefined;
  readonly replicas: number | undefined;
  /** A Job that has ended starts no pod any more. */
  readonly isOver: boolean;
  readonly managedBy: string | undefined;
  readonly template: PlacedPodSpec;
}

export interface PreflightPod {
  readonly namespace: string;
  readonly name: string;
  readonly owner: OwnerName | undefined;
  readonly templateHash: string | undefined;
  readonly isOver: boolean;
  /** Where it was put. */
  readonly node: string | undefined;
  /** Without `nodeName`: pods of one workload have the same. */
  readonly spec: PlacedPodSpec;
  readonly statuses: readonly ContainerStatus[];
}

export interface PreflightNode {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly { readonly key: string; readonly value?: string; readonly effect: string }[];
  readonly isUnschedulable: boolean;
  readonly os: string | undefined;
  readonly architecture: string | undefined;
  readonly runtimeVersion: string | undefined;
  /** Such as `v1.36.3`. */
  readonly kubeletVersion: string | undefined;
  /** Names and digests of the images that it lists. */
  readonly images: ReadonlySet<string>;
  /** The kubelet lists at most 50 images: one that is not listed may be there then. */
  readonly isImageListFull: boolean;
  /** It has an address of its own on the internet. */
  readonly hasExternalAddress: boolean;
}

export interface PreflightServiceAccount {
  readonly namespace: string;
  readonly name: string;
  readonly pullSecretNames: readonly string[];
}

interface Outside {
  readonly kind?: string;
  readonly metadata: ObjectMeta;
}

/** `--node-status-max-images` of the kubelet. */
const MOST_IMAGES_LISTED = 50;

/** @param fallbackNamespace of manifests that name none */
export function readWorkload(raw: unknown, fallbackNamespace = 'default'): PreflightWorkload | undefined {
  const object = conform(raw, WORKLOAD) as
    | (Outside & {
        readonly spec?: {
          readonly replicas?: number;
          readonly template?: { readonly spec?: PlacedPodSpec };
          readonly jobTemplate?: { readonly spec?: { readonly template?: { readonly spec?: PlacedPodSpec } } };
        };
        readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
      })
    | undefined;
  const spec = object?.spec;
  const template = spec?.template?.spec ?? spec?.jobTemplate?.spec?.template?.spec;
  if (object?.kind === undefined || template === undefined) return undefined;
  const { metadata, kind } = object;
  const owner = ownerName(metadata);
  return {
    kind,
    namespace: metadata.namespace ?? fallbackNamespace,
    name: metadata.name ?? '',
    owner,
    replicas: spec?.replicas,
    isOver:
      kind === 'Job' &&
      (object.status?.conditions ?? []).some(
        ({ type, status }) => status === 'True' && (type === 'Complete' || type === 'Failed'),
      ),
    managedBy: readManagedBy(metadata),
    // There are many of them, and nobody looks at it.
    template: isMadeOf(kind, owner) ? {} : withImageVolumesOnly(template),
  };
}

/** Whether its template is that of its owner, or was: a Deployment's ReplicaSet, a CronJob's Job. */
export function isMadeOf(kind: string, owner: OwnerName | undefined): boolean {
  return owner !== undefined && (kind === 'ReplicaSet' || kind === 'Job');
}

export function readPod(raw: unknown, fallbackNamespace = 'default'): PreflightPod | undefined {
  const object = conform(raw, POD) as
    | (Outside & {
        readonly spec?: PlacedPodSpec;
        readonly status?: {
          readonly phase?: string;
          readonly containerStatuses?: readonly ContainerStatus[];
          readonly initContainerStatuses?: readonly ContainerStatus[];
        };
      })
    | undefined;
  if (object?.spec === undefined) return undefined;
  const { metadata, spec, status } = object;
  const { nodeName, ...placed } = withImageVolumesOnly(spec);
  return {
    namespace: metadata.namespace ?? fallbackNamespace,
    name: metadata.name ?? '',
    owner: ownerName(metadata),
    templateHash: metadata.labels?.['pod-template-hash'],
    isOver: status?.phase === 'Succeeded' || status?.phase === 'Failed',
    node: nodeName,
    spec: placed,
    statuses: [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])],
  };
}

export function readNode(raw: unknown): PreflightNode | undefined {
  const object = conform(raw, NODE) as
    | (Outside & {
        readonly spec?: { readonly unschedulable?: boolean; readonly taints?: PreflightNode['taints'] };
        readonly status?: {
          readonly addresses?: readonly { readonly type?: string }[];
          readonly images?: readonly { readonly names?: readonly string[] }[];
          readonly nodeInfo?: {
            readonly architecture?: string;
            readonly operatingSystem?: string;
            readonly containerRuntimeVersion?: string;
            readonly kubeletVersion?: string;
          };
        };
      })
    | undefined;
  if (object === undefined) return undefined;
  const { metadata, spec, status } = object;
  const images = status?.images ?? [];
  return {
    name: metadata.name ?? '',
    labels: metadata.labels ?? {},
    taints: spec?.taints ?? [],
    isUnschedulable: spec?.unschedulable === true,
    os: status?.nodeInfo?.operatingSystem,
    architecture: status?.nodeInfo?.architecture,
    runtimeVersion: status?.nodeInfo?.containerRuntimeVersion,
    kubeletVersion: status?.nodeInfo?.kubeletVersion,
    images: new Set(images.flatMap(({ names }) => names ?? [])),
    isImageListFull: images.length >= MOST_IMAGES_LISTED,
    hasExternalAddress: (status?.addresses ?? []).some(({ type }) => type === 'ExternalIP'),
  };
}

export function readServiceAccount(raw: unknown, fallbackNamespace = 'default'): PreflightServiceAccount | undefined {
  const object = conform(raw, SERVICE_ACCOUNT) as
    | (Outside & { readonly imagePullSecrets?: readonly { readonly name?: string }[] })
    | undefined;
  if (object === undefined) return undefined;
  return {
    namespace: object.metadata.namespace ?? fallbackNamespace,
    name: object.metadata.name ?? '',
    pullSecretNames: secretNamesOf(object),
  };
}

/** In the kubelet's order; it skips empty names, and a name given twice is tried once. */
export function secretNamesOf({ imagePullSecrets = [] }: Pick<PodSpec, 'imagePullSecrets'>): readonly string[] {
  return [...new Set(imagePullSecrets.flatMap(({ name }) => (name === undefined || name === '' ? [] : [name])))];
}

const WORKLOAD: Shape = {
  needs: ['metadata', 'kind'],
  fields: {
    kind: 'text',
    metadata: META,
    spec: {
      fields: {
        replicas: 'number',
        template: { fields: { spec: PLACED_SPEC } },
        jobTemplate: { fields: { spec: { fields: { template: { fields: { spec: PLACED_SPEC } } } } } },
      },
    },
    status: {
      fields: { conditions: { list: { needs: ['type', 'status'], fields: { type: 'text', status: 'text' } } } },
    },
  },
};
const POD: Shape = {
  needs: ['metadata'],
  fields: {
    metadata: META,
    spec: PLACED_SPEC,
    status: { fields: { phase: 'text', containerStatuses: STATUSES, initContainerStatuses: STATUSES } },
  },
};
const NODE: Shape = { needs: ['metadata'], fields: { metadata: META, spec: NODE_SPEC, status: NODE_STATUS } };
const SERVICE_ACCOUNT: Shape = { needs: ['metadata'], fields: { metadata: META, imagePullSecrets: REFERENCES } };

function ownerName({ ownerReferences }: ObjectMeta): OwnerName | undefined {
  const owner = controllerOf(ownerReferences);
  // A static pod's mirror is owned by its Node, which nobody would call its workload.
  return owner === undefined || owner.kind === 'Node' ? undefined : { kind: owner.kind, name: owner.name };
}

function withImageVolumesOnly(spec: PlacedPodSpec): PlacedPodSpec {
  if (spec.volumes === undefined) return spec;
  const { volumes, ...rest } = spec;
  const images = volumes.filter(({ image }) => image !== undefined);
  return images.length === 0 ? rest : { ...rest, volumes: images };
}
