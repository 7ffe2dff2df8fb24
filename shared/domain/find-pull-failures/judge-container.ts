import { type Instant, parseInstant } from '../instant.ts';
import type { Container, ContainerStatus, Pod } from '../kubernetes.ts';
import type { ContainerKind } from '../pull-failure.ts';
import { isPullReason } from '../pull-reasons.ts';
import type { SnapshotIndex } from './index-snapshot.ts';
import type { ParsedPullEvent } from './pull-event.ts';
import { isSameImage } from './same-image.ts';

/** Still Pulling after this long is a stall: a download that hangs never becomes an error by itself. */
const STALL_MS = 10 * 60 * 1000;

/**
 * - `failing`: its last pull failed · `stalled`: it has been pulling for 10 minutes or more
 * - `running` · `waiting`: not started yet, for other reasons or none · `done`: ended, or about to be deleted
 */
export type PullState = 'failing' | 'stalled' | 'running' | 'waiting' | 'done';

/** One container of one pod, and how its pull stands. */
export interface JudgedContainer {
  readonly pod: Pod;
  readonly container: Container;
  /** `image-volume` where the volume's image is the one that fails. */
  readonly kind: ContainerKind;
  /** The image in question as written: the container's or the volume's. */
  readonly image: string | undefined;
  readonly imagePullPolicy: string | undefined;
  readonly state: PullState;
  /** Waiting reason as the status says it. */
  readonly reason: string | undefined;
  readonly message: string | undefined;
  /** Events of this pull, oldest first. */
  readonly events: readonly ParsedPullEvent[];
}

/** Every container, init and ephemeral container of a pod, judged by its status and its events. */
export function judgeContainers(pod: Pod, index: SnapshotIndex): readonly JudgedContainer[] {
  const { spec, status } = pod;
  const events = index.eventsOf(pod);
  const now = index.snapshot.observedAt;
  const lists = [
    { list: 'initContainers', kind: 'init', containers: spec?.initContainers, statuses: status?.initContainerStatuses },
    { list: 'containers', kind: 'container', containers: spec?.containers, statuses: status?.containerStatuses },
    {
      list: 'ephemeralContainers',
      kind: 'ephemeral',
      containers: spec?.ephemeralContainers,
      statuses: status?.ephemeralContainerStatuses,
    },
  ] as const;
  const isOnly = lists.reduce((sum, { containers }) => sum + (containers?.length ?? 0), 0) === 1;

  return lists.flatMap(({ list, kind, containers, statuses }) =>
    (containers ?? []).map((container) => {
      const containerStatus = statuses?.find(({ name }) => name === container.name);
      return judge({ pod, container, list, kind, status: containerStatus, events, isOnly, now });
    }),
  );
}

interface Case {
  readonly pod: Pod;
  readonly container: Container;
  readonly list: string;
  readonly kind: ContainerKind;
  readonly status: ContainerStatus | undefined;
  readonly events: readonly ParsedPullEvent[];
  /** The pod has no other container: an event that names none is about this one. */
  readonly isOnly: boolean;
  readonly now: Instant;
}

function judge(it: Case): JudgedContainer {
  const waiting = it.status?.state?.waiting;
  const base = { pod: it.pod, container: it.container, reason: waiting?.reason, message: waiting?.message };
  const volume = failingVolume(it);
  if (volume !== undefined) {
    const events = it.events.filter((event) => isOfVolume(event, it, volume.reference));
    return {
      ...base,
      kind: 'image-volume',
      image: volume.reference,
      imagePullPolicy: volume.pullPolicy,
      events,
      state: stateOf(it, events),
    };
  }
  const events = it.events.filter((event) => isOfContainer(event, it));
  return {
    ...base,
    kind: it.kind,
    image: it.container.image,
    imagePullPolicy: it.container.imagePullPolicy,
    events,
    state: stateOf(it, events),
  };
}

function stateOf(it: Case, events: readonly ParsedPullEvent[]): PullState {
  const { phase } = it.pod.status ?? {};
  // A pod that ended or is on its way out pulls nothing any more.
  if (phase === 'Succeeded' || phase === 'Failed' || it.pod.metadata?.deletionTimestamp !== undefined) return 'done';
  const state = it.status?.state;
  if (state?.running !== undefined) return 'running';

  const outcome = events.findLast(({ kind }) => kind === 'failed' || kind === 'back-off' || kind === 'pulled');
  const isLastFailed = outcome !== undefined && outcome.kind !== 'pulled';
  if (state?.terminated !== undefined) {
    const finishedAt = parseInstant(state.terminated.finishedAt);
    const failedSince = isLastFailed && finishedAt !== undefined && (outcome.lastAt ?? 0) > finishedAt;
    if (failedSince && it.pod.spec?.restartPolicy !== 'Never') return 'failing';
    return endsFor(it, state.terminated.exitCode) ? 'done' : 'waiting';
  }

  if (isPullReason(state?.waiting?.reason)) {
    if (isAboutOldImage(it, events)) return 'waiting';
    // Events are often newer than the pod: a later Pulled says that it got its image meanwhile.
    const hasFailed = events.some(({ kind }) => kind === 'failed' || kind === 'back-off');
    return outcome?.kind === 'pulled' && hasFailed ? 'waiting' : 'failing';
  }
  if (isLastFailed) return 'failing';

  const last = events.findLast(({ kind }) => kind !== 'secret');
  const isStalled = last?.kind === 'attempt' && last.lastAt !== undefined && it.now - last.lastAt >= STALL_MS;
  return isStalled ? 'stalled' : 'waiting';
}

/**
 * The image was changed in place, and the status still tells of the one before: nothing is known of the new one yet.
 * Only where both the message and an event of this very container name another image, and none says that the new one failed.
 */
function isAboutOldImage(it: Case, events: readonly ParsedPullEvent[]): boolean {
  const named = /\bimage "([^"]+)"/.exec(it.status?.state?.waiting?.message ?? '')?.[1];
  if (named === undefined || isSameImage(named, it.container.image)) return false;
  if (events.some(({ kind, image }) => image !== undefined && (kind === 'failed' || kind === 'back-off'))) return false;
  return it.events.some(
    ({ target, image }) =>
      target?.name === it.container.name && target.list === it.list && image !== undefined && isSameImage(image, named),
  );
}

/** Whether a terminated container will not start again. */
function endsFor(it: Case, exitCode: number | undefined): boolean {
  if (it.kind === 'ephemeral' || it.pod.spec?.restartPolicy === 'Never') return true;
  return exitCode === 0 && (it.kind === 'init' || it.pod.spec?.restartPolicy === 'OnFailure');
}

function isOfContainer(event: ParsedPullEvent, it: Case): boolean {
  if (event.kind === 'secret') return true;
  if (event.target !== undefined) {
    if (event.target.name !== it.container.name || event.target.list !== it.list) return false;
    // An image changed in place leaves the old one's events behind.
    return event.image === undefined || isSameImage(event.image, it.container.image);
  }
  if (event.image !== undefined) return isSameImage(event.image, it.container.image);
  return it.isOnly;
}

function isOfVolume(event: ParsedPullEvent, it: Case, reference: string): boolean {
  if (event.image !== undefined) return isSameImage(event.image, reference);
  return isOfContainer(event, it);
}

interface FailingVolume {
  readonly reference: string;
  readonly pullPolicy: string | undefined;
}

/**
 * An image volume's failure stands on the status of the container that mounts it, with the volume's reference; its
 * events name the pod, not the container.
 */
function failingVolume(it: Case): FailingVolume | undefined {
  const mounts = it.container.volumeMounts?.map(({ name }) => name);
  const volumes = (it.pod.spec?.volumes ?? []).flatMap(({ name, image }) =>
    image?.reference === undefined || (mounts !== undefined && !mounts.includes(name))
      ? []
      : [{ reference: image.reference, pullPolicy: image.pullPolicy }],
  );
  if (volumes.length === 0) return undefined;

  const message = it.status?.state?.waiting?.message ?? '';
  const named = /\bimage "([^"]+)"/.exec(message)?.[1];
  if (named !== undefined && isPullReason(it.status?.state?.waiting?.reason)) {
    if (isSameImage(named, it.container.image)) return undefined;
    const volume = volumes.find(({ reference }) => isSameImage(named, reference));
    if (volume !== undefined) return volume;
  }
  const own = it.events.filter((event) => isOfContainer(event, it) && event.image !== undefined);
  // Volumes come first: a container whose own image was asked for has all of its volumes.
  if (own.length > 0) return undefined;
  return volumes.find(({ reference }) => {
    const outcome = it.events.findLast((event) => event.target === undefined && isSameImage(event.image, reference));
    return outcome !== undefined && outcome.kind !== 'pulled';
  });
}
