import {
  type ContainerSpec,
  type ContainerStatusObject,
  type ObjectCondition,
  type PodObject,
  type PodStatusObject,
  timestamp,
} from '../kubernetes/objects.ts';

/** What the kubelet knows of one container. */
export interface ContainerRecord {
  phase: 'waiting' | 'running' | 'terminated';
  waiting: { reason: string; message: string | undefined } | undefined;
  /** The image that it was started with, as written. */
  specImage: string;
  imageName: string;
  imageId: string;
  containerId: string;
  startedAt: number;
  finishedAt: number;
  restarts: number;
}

export interface PodRecord {
  readonly startTime: number;
  sandboxAt: number | undefined;
  ip: string | undefined;
  readonly containers: Map<string, ContainerRecord>;
}

export function newContainerRecord(): ContainerRecord {
  return {
    phase: 'waiting',
    waiting: undefined,
    specImage: '',
    imageName: '',
    imageId: '',
    containerId: '',
    startedAt: 0,
    finishedAt: 0,
    restarts: 0,
  };
}

function containerStatus(spec: ContainerSpec, record: ContainerRecord, defaultReason: string): ContainerStatusObject {
  const hasRun = record.phase !== 'waiting';
  const isRunning = record.phase === 'running';
  const mounts = (spec.volumeMounts ?? []).map((mount) =>
    mount.readOnly ? { ...mount, recursiveReadOnly: 'Disabled' } : { ...mount },
  );
  const terminated = {
    exitCode: 0,
    reason: 'Completed',
    startedAt: timestamp(record.startedAt),
    finishedAt: timestamp(record.finishedAt),
    containerID: record.containerId,
  };
  const { reason, message } = record.waiting ?? { reason: defaultReason, message: undefined };
  return {
    name: spec.name,
    image: hasRun ? record.imageName : (spec.image ?? ''),
    imageID: record.imageId,
    ...(hasRun && { containerID: record.containerId }),
    lastState: {},
    ready: isRunning,
    started: isRunning,
    restartCount: record.restarts,
    state: isRunning
      ? { running: { startedAt: timestamp(record.startedAt) } }
      : record.phase === 'terminated'
        ? { terminated }
        : { waiting: message === undefined ? { reason } : { reason, message } },
    ...(mounts.length > 0 && { volumeMounts: mounts }),
  };
}

function phaseOf(pod: PodObject, record: PodRecord): PodStatusObject['phase'] {
  const main = pod.spec.containers.map(({ name }) => record.containers.get(name)?.phase ?? 'waiting');
  const inits = (pod.spec.initContainers ?? []).map(({ name }) => record.containers.get(name)?.phase ?? 'waiting');
  // A container that waits for its first start keeps the whole pod Pending (pkg/kubelet, getPhase).
  if (inits.some((phase) => phase !== 'terminated') || main.includes('waiting')) return 'Pending';
  return main.every((phase) => phase === 'terminated') ? 'Succeeded' : 'Running';
}

function conditionsOf(
  pod: PodObject,
  record: PodRecord,
  phase: PodStatusObject['phase'],
  now: number,
): ObjectCondition[] {
  const generation = pod.metadata.generation ?? 1;
  function condition(
    type: string,
    isTrue: boolean,
    at: number,
    why?: { reason: string; message?: string },
  ): ObjectCondition {
    const status = isTrue ? 'True' : 'False';
    const previous = pod.status.conditions?.find((one) => one.type === type);
    const lastTransitionTime =
      previous?.status === status && previous.lastTransitionTime ? previous.lastTransitionTime : timestamp(at);
    return { type, status, lastProbeTime: null, lastTransitionTime, observedGeneration: generation, ...why };
  }
  const unready = pod.spec.containers.filter(({ name }) => record.containers.get(name)?.phase !== 'running');
  const incomplete = (pod.spec.initContainers ?? []).filter(
    ({ name }) => record.containers.get(name)?.phase !== 'terminated',
  );
  const isReady = unready.length === 0;
  const names = (all: readonly ContainerSpec[]) => `[${all.map(({ name }) => name).join(' ')}]`;
  const notReady =
    phase === 'Succeeded'
      ? { reason: 'PodCompleted' }
      : { reason: 'ContainersNotReady', message: `containers with unready status: ${names(unready)}` };
  return [
    condition('PodReadyToStartContainers', record.sandboxAt !== undefined, record.sandboxAt ?? now),
    condition(
      'Initialized',
      incomplete.length === 0,
      incomplete.length === 0 && pod.spec.initContainers?.length ? now : record.startTime,
      incomplete.length === 0
        ? undefined
        : { reason: 'ContainersNotInitialized', message: `containers with incomplete status: ${names(incomplete)}` },
    ),
    condition('Ready', isReady, isReady ? now : record.startTime, isReady ? undefined : notReady),
    condition('ContainersReady', isReady, isReady ? now : record.startTime, isReady ? undefined : notReady),
    condition('PodScheduled', true, record.startTime),
  ];
}

/** The status that the kubelet reports of a pod: pure, from what it knows. */
export function podStatus(pod: PodObject, record: PodRecord, hostIp: string, now: number): PodStatusObject {
  const hasInits = (pod.spec.initContainers?.length ?? 0) > 0;
  const reason = hasInits ? 'PodInitializing' : 'ContainerCreating';
  const phase = phaseOf(pod, record);
  function statuses(specs: readonly ContainerSpec[] | undefined): ContainerStatusObject[] {
    return (specs ?? []).map((spec) =>
      containerStatus(spec, record.containers.get(spec.name) ?? newContainerRecord(), reason),
    );
  }
  return {
    phase,
    observedGeneration: pod.metadata.generation ?? 1,
    conditions: conditionsOf(pod, record, phase, now),
    ...(hasInits && { initContainerStatuses: statuses(pod.spec.initContainers) }),
    containerStatuses: statuses(pod.spec.containers),
    ...(pod.spec.ephemeralContainers?.length && { ephemeralContainerStatuses: statuses(pod.spec.ephemeralContainers) }),
    hostIP: hostIp,
    hostIPs: [{ ip: hostIp }],
    ...(record.ip !== undefined && { podIP: record.ip, podIPs: [{ ip: record.ip }] }),
    qosClass: pod.status.qosClass ?? 'BestEffort',
    startTime: timestamp(record.startTime),
  };
}
