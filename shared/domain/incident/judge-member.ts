import { readImageSetBy } from '../find-pull-failures/image-set-by.ts';
import type { JudgedContainer } from '../find-pull-failures/judge-container.ts';
import { describeWorkload, readTemplateImage } from '../find-pull-failures/workload-fact.ts';
import type { Member, MemberRollout } from '../incident.ts';
import type { Workload } from '../kubernetes.ts';
import { toRollout } from './build-members.ts';
import type { World } from './world.ts';

/**
 * What became of a member whose pull does not fail in this look.
 * - `running`: proven · `waiting`: no failure to be seen and no proof either: it stays as it was
 * - `pulled`: the image is there, and the container does not serve for another reason
 * - `gone`: deleted or scaled to nothing · `superseded`: ended, or replaced by a revision without this container
 */
export interface Verdict {
  readonly state: 'running' | 'waiting' | 'pulled' | 'gone' | 'superseded';
  readonly runningPods: number;
  /** Pods that neither run nor ended. */
  readonly waitingPods: number;
  readonly rollout: MemberRollout | undefined;
  /** The image that the workload wants now. */
  readonly image: string | undefined;
}

/** These come after the pull: kubelet `startContainer` pulls first, then creates, then starts. */
const AFTER_THE_PULL: readonly string[] = [
  'CrashLoopBackOff',
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
  'PostStartHookError',
];

/** A CronJob whose runs stopped is waited for this long: its next run is the proof. */
const CRON_MEMORY_MS = 7 * 24 * 3_600_000;

export function judgeMember(member: Member, world: World): Verdict {
  const containers = world.containersOf(member.key);
  const workload = world.workload(member.namespace, member.workloadKind, member.workloadName);
  const newest = containers.toSorted(byAge).at(-1);
  return {
    state: stateOf(member, containers, workload, world),
    runningPods: containers.filter(isFine).length,
    waitingPods: containers.filter(({ state }) => state === 'waiting').length,
    rollout:
      newest === undefined
        ? withTemplate(member, workload)
        : toRollout(describeWorkload(newest.pod, member.container, world.index)),
    image: readTemplateImage(workload, member.container) ?? newest?.container.image,
  };
}

function stateOf(
  member: Member,
  containers: readonly JudgedContainer[],
  workload: Workload | undefined,
  world: World,
): Verdict['state'] {
  if (member.containerKind === 'ephemeral') return byPods(containers);
  switch (member.workloadKind) {
    case 'Deployment':
    case 'StatefulSet':
    case 'DaemonSet':
    case 'ReplicaSet':
      return workload === undefined ? byPods(containers) : servingState(member, containers, workload);
    case 'Job':
      return jobState(containers, workload);
    case 'CronJob':
      return cronJobState(member, containers, workload, world.index.snapshot.observedAt);
    default:
      return byPods(containers);
  }
}

/** All that can be said of a bare pod, and of an owner that could not be read. */
function byPods(containers: readonly JudgedContainer[]): Verdict['state'] {
  if (containers.length === 0) return 'gone';
  if (containers.every(isFine)) return 'running';
  if (containers.every((one) => isFine(one) || isOver(one))) return 'superseded';
  return containers.some(isPulled) ? 'pulled' : 'waiting';
}

/**
 * A good pod of the revision that was put back may run beside stuck ones, and a stuck pod that was just deleted leaves
 * only good ones for a moment: proof is that the current revision has its desired replicas available.
 */
function servingState(member: Member, containers: readonly JudgedContainer[], workload: Workload): Verdict['state'] {
  const { desired, isComplete } = rolloutOf(workload);
  if (desired === 0) return containers.length === 0 ? 'gone' : 'waiting';
  if (isComplete) {
    if (!hasContainer(member, workload)) return 'superseded';
    if (containers.length > 0 && containers.every(isFine)) return 'running';
  }
  const isAllPulled = containers.length > 0 && containers.every((one) => isFine(one) || isPulled(one));
  return isAllPulled && containers.length >= (desired ?? 1) && isObserved(workload) ? 'pulled' : 'waiting';
}

function rolloutOf(workload: Workload): { readonly desired: number | undefined; readonly isComplete: boolean } {
  const { spec, status } = workload;
  const isNew = isObserved(workload);
  if (workload.kind === 'DaemonSet') {
    const desired = status?.desiredNumberScheduled;
    const updated = status?.updatedNumberScheduled ?? desired ?? 0;
    const isComplete =
      desired !== undefined && isNew && (status?.numberAvailable ?? 0) >= desired && updated >= desired;
    return { desired, isComplete };
  }
  const desired = spec?.replicas ?? 1;
  const available = status?.availableReplicas ?? 0;
  // A StatefulSet may hold back its update by a partition, and a ReplicaSet has no revisions.
  const updated = workload.kind === 'Deployment' ? (status?.updatedReplicas ?? 0) : desired;
  return { desired, isComplete: isNew && available >= desired && updated >= desired };
}

/** Whether the controller has seen the newest spec: its numbers are about the one before until then. */
function isObserved({ metadata, status }: Workload): boolean {
  const generation = metadata?.generation;
  return (
    generation === undefined || status?.observedGeneration === undefined || status.observedGeneration >= generation
  );
}

function jobState(containers: readonly JudgedContainer[], job: Workload | undefined): Verdict['state'] {
  if (job === undefined) return byPods(containers);
  const has = (type: string) =>
    job.status?.conditions?.some((one) => one.type === type && one.status === 'True') === true;
  if (has('Complete') || (job.status?.succeeded ?? 0) > 0) return 'running';
  if (has('Failed')) return 'superseded';
  if (containers.length === 0) return job.spec?.suspend === true ? 'gone' : 'waiting';
  return byPods(containers);
}

/** Runs follow each other: the newest one counts. */
function cronJobState(
  member: Member,
  containers: readonly JudgedContainer[],
  cronJob: Workload | undefined,
  now: number,
): Verdict['state'] {
  const newest = containers.toSorted(byAge).at(-1);
  if (newest !== undefined) return byPods([newest]);
  if (cronJob === undefined) return 'gone';
  return now - (member.lastFailedAt ?? now) > CRON_MEMORY_MS ? 'gone' : 'waiting';
}

/** Runs, or did what it had to do. */
function isFine({ state, pod, kind, container }: JudgedContainer): boolean {
  if (state === 'running') return true;
  if (state !== 'done') return false;
  return pod.status?.phase === 'Succeeded' || exitCode(pod, kind, container.name) === 0;
}

/** Ended otherwise than well: it ran, so its image was there. */
function isOver({ state }: JudgedContainer): boolean {
  return state === 'done';
}

/** Neither failing nor started, and its image has not come yet as far as can be seen. */
export function isAwaitingImage(judged: JudgedContainer): boolean {
  return judged.state === 'waiting' && !isPulled(judged);
}

function isPulled({ state, reason, pod, kind, container }: JudgedContainer): boolean {
  if (state !== 'waiting') return false;
  return AFTER_THE_PULL.includes(reason ?? '') || exitCode(pod, kind, container.name) !== undefined;
}

function exitCode(pod: JudgedContainer['pod'], kind: JudgedContainer['kind'], name: string): number | undefined {
  const { status } = pod;
  const statuses =
    kind === 'init'
      ? status?.initContainerStatuses
      : kind === 'ephemeral'
        ? status?.ephemeralContainerStatuses
        : status?.containerStatuses;
  return statuses?.find((one) => one.name === name)?.state?.terminated?.exitCode;
}

function hasContainer(member: Member, workload: Workload): boolean {
  return workload.spec?.template?.spec === undefined || readTemplateImage(workload, member.container) !== undefined;
}

/** While no pod is there (a remedy deleted it a moment ago) the template still tells who set which image. */
function withTemplate({ rollout, container }: Member, workload: Workload | undefined): MemberRollout | undefined {
  if (rollout === undefined || workload === undefined) return rollout;
  const { manager, at } = readImageSetBy(workload, container);
  return { ...rollout, templateImage: readTemplateImage(workload, container), imageSetBy: manager, imageSetAt: at };
}

function byAge(a: JudgedContainer, b: JudgedContainer): number {
  const created = ({ pod }: JudgedContainer) => Date.parse(pod.metadata?.creationTimestamp ?? '') || 0;
  return created(a) - created(b);
}
