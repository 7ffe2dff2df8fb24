import { controllerOf } from '../../domain/find-pull-failures/owner.ts';
import { isSameImage } from '../../domain/find-pull-failures/same-image.ts';
import { isRecord } from '../../domain/is-record.ts';
import type { Workload } from '../../domain/kubernetes.ts';
import type { RemedyContext } from '../remedy.ts';
import { leadOf } from './lead.ts';
import type { PatchTarget } from './patch-target.ts';
import { stuckContainers } from './stuck-pods.ts';
import { templateContainers } from './template-container.ts';

/** What a workload ran before, as far as it can be seen. */
export interface EarlierRevision {
  readonly revision: string | undefined;
  /** Its images, by `name` for a container and `init/name` for an init container. */
  readonly images: ReadonlyMap<string, string>;
  /** Pods of it that serve now: proof that its images could be pulled. */
  readonly available: number;
  /** Whether it differs from the current template in more than images; `undefined` = not known. */
  readonly differsElsewhere: boolean | undefined;
}

const REVISION = 'deployment.kubernetes.io/revision';
/** The images themselves, and what controllers or `kubectl rollout restart` write: no setting of anybody's. */
const NO_SETTINGS: readonly string[] = [
  'image',
  'creationTimestamp',
  'pod-template-hash',
  'kubectl.kubernetes.io/restartedAt',
];

/**
 * The newest other revision that serves, else the one before. One with the very image that fails is none.
 * Of StatefulSets and DaemonSets, whose revisions are not read, only the failing container's image is known.
 */
export function findEarlierRevision(context: RemedyContext, target: PatchTarget): EarlierRevision | undefined {
  return fromReplicaSets(context, target) ?? fromPods(context);
}

function fromReplicaSets(context: RemedyContext, target: PatchTarget): EarlierRevision | undefined {
  const { world, member, failures } = context;
  const { kind, namespace, name } = target.name;
  if (kind !== 'Deployment') return undefined;
  const failing = failures.map(({ failure }) => failure.imageText);
  const failingSets = new Set(
    stuckContainers(context).map(({ pod }) => controllerOf(pod.metadata?.ownerReferences)?.name),
  );
  const key = imageKey(member.container, member.containerKind === 'init');
  const others = world.index
    .workloadsIn(namespace)
    .filter((one) => one.kind === 'ReplicaSet' && isOwnedBy(one, name, target.object.metadata?.uid))
    .filter(({ metadata }) => !failingSets.has(metadata?.name))
    .filter((one) => {
      const image = imagesOf(one).get(key);
      return image !== undefined && !failing.some((bad) => isSameImage(bad, image));
    })
    .sort((a, b) => revisionOf(b) - revisionOf(a));
  const best = others.find(({ status }) => (status?.availableReplicas ?? 0) > 0) ?? others[0];
  if (best === undefined) return undefined;
  const asRead = world.workload(namespace, 'ReplicaSet', best.metadata?.name ?? '') ?? best;
  return {
    revision: best.metadata?.annotations?.[REVISION],
    images: imagesOf(asRead),
    available: best.status?.availableReplicas ?? 0,
    differsElsewhere: settingsOf(asRead) !== settingsOf(target.object),
  };
}

function fromPods(context: RemedyContext): EarlierRevision | undefined {
  const { member } = context;
  const { workload, imageText } = leadOf(context).failure;
  if (workload?.previousImage === undefined || isSameImage(workload.previousImage, imageText)) return undefined;
  return {
    revision: workload.kind === 'Deployment' ? workload.previousRevision : undefined,
    images: new Map([[imageKey(member.container, member.containerKind === 'init'), workload.previousImage]]),
    available: workload.oldAvailable ?? 0,
    differsElsewhere: undefined,
  };
}

/** Init containers and containers share no names, but a template is checked by kind all the same. */
export function imageKey(name: string, isInit: boolean): string {
  return isInit ? `init/${name}` : name;
}

function imagesOf(object: Workload): ReadonlyMap<string, string> {
  return new Map(templateContainers({ object }).map(({ name, isInit, image }) => [imageKey(name, isInit), image]));
}

function isOwnedBy({ metadata }: Workload, deployment: string, uid: string | undefined): boolean {
  const owner = controllerOf(metadata?.ownerReferences);
  const isSame = owner?.uid === undefined || uid === undefined || owner.uid === uid;
  return owner?.kind === 'Deployment' && owner.name === deployment && isSame;
}

function revisionOf({ metadata }: Workload): number {
  const revision = Number(metadata?.annotations?.[REVISION] ?? '0');
  return Number.isFinite(revision) ? revision : 0;
}

/** A template without its images, in a form in which equal ones are equal texts. */
function settingsOf({ spec }: Workload): string {
  return JSON.stringify(spec?.template ?? {}, (key, value: unknown) => {
    if (NO_SETTINGS.includes(key) || key.startsWith('pullmedic.dev/')) return undefined;
    if (!isRecord(value)) return value;
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return entries.length === 0 ? undefined : Object.fromEntries(entries);
  });
}
