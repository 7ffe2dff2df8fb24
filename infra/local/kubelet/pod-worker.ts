import { randomBytes } from 'node:crypto';
import type { Log } from '../../../shared/ports/log.ts';
import type { Api } from '../kubernetes/api.ts';
import { type ContainerSpec, controllerOf, type PodObject, type SecretObject } from '../kubernetes/objects.ts';
import { PODS, SECRETS } from '../kubernetes/resources.ts';
import { ensureImage, type ImageDependencies, type ImageResult } from './ensure-image.ts';
import type { EventRecorder } from './event-recorder.ts';
import { type ContainerRecord, newContainerRecord, type PodRecord, podStatus } from './pod-status.ts';

export interface WorkerDependencies extends ImageDependencies {
  readonly api: Api;
  readonly events: EventRecorder;
  readonly hostIp: string;
  nextPodIp(): string;
  /** Called after an image came to the node. */
  imagesChanged(): void;
  readonly log: Log | undefined;
}

export interface PodWorker {
  /** The pod changed: look at it soon. */
  poke(): void;
  stop(): void;
}

/** From the kubelet's source, in its seconds: how long things take when nothing is wrong. */
const SANDBOX_MS = 1_000;
/** The pod lifecycle event generator looks once a second. */
const RELIST_MS = 1_000;
/** backOffPeriod of the pod workers, to which up to half is added at random. */
const RETRY_MS = 10_000;
const STOP_MS = 1_000;
/** How long a process that ends by itself runs here. */
const INIT_RUNS_MS = 1_000;
const JOB_RUNS_MS = 3_000;

/** One pod on its node: the kubelet's syncPod loop, with its rhythm. */
export function createPodWorker(first: PodObject, deps: WorkerDependencies): PodWorker {
  const { api, time, events } = deps;
  const { namespace = '', name, uid } = first.metadata;
  const abort = new AbortController();
  const record: PodRecord = { startTime: api.clock.now(), sandboxAt: undefined, ip: undefined, containers: new Map() };
  let cancelTimer: (() => void) | undefined;
  let isSyncing = false;
  let isPoked = false;
  let isStopped = false;
  let isTerminating = false;
  let seenGeneration = 0;

  function current(): PodObject | undefined {
    const pod = api.store.get(PODS, namespace, name) as PodObject | undefined;
    return pod?.metadata.uid === uid ? pod : undefined;
  }

  function containerRecord(container: string): ContainerRecord {
    const found = record.containers.get(container) ?? newContainerRecord();
    record.containers.set(container, found);
    return found;
  }

  function later(delayMs: number): void {
    cancelTimer?.();
    if (isStopped) return;
    cancelTimer = time.after(delayMs, () => {
      cancelTimer = undefined;
      void sync();
    });
  }

  async function pause(delayMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      time.after(delayMs, resolve);
    });
  }

  function writeStatus(pod: PodObject): void {
    const status = podStatus(pod, record, deps.hostIp, api.clock.now());
    api.edit<PodObject>(PODS, pod.metadata, { manager: 'kubelet', subresource: 'status' }, (copy) => {
      copy.status = status;
    });
  }

  /** The pod's pull secrets as they are now; those that cannot be got are told in an event, on every sync. */
  function pullSecrets(pod: PodObject): readonly SecretObject[] {
    const missing: string[] = [];
    const found = (pod.spec.imagePullSecrets ?? []).flatMap(({ name: secretName }) => {
      if (!secretName) return [];
      const secret = api.store.get(SECRETS, namespace, secretName) as SecretObject | undefined;
      if (!secret) missing.push(secretName);
      return secret ? [secret] : [];
    });
    if (missing.length > 0) {
      events.record(pod, {
        type: 'Warning',
        reason: 'FailedToRetrieveImagePullSecret',
        message: `Unable to retrieve some image pull secrets (${missing.join(', ')}); attempting to pull the image may not succeed.`,
      });
    }
    return found;
  }

  function fetch(
    pod: PodObject,
    what: { readonly image: string; readonly policy: string | undefined; readonly fieldPath?: string },
    secrets: readonly SecretObject[],
  ): Promise<ImageResult> {
    return ensureImage(
      {
        pod,
        image: what.image,
        policy: what.policy ?? 'IfNotPresent',
        secrets,
        signal: abort.signal,
        record: (event) => events.record(pod, { ...event, fieldPath: what.fieldPath }),
      },
      deps,
    );
  }

  function refuse(
    pod: PodObject,
    container: ContainerSpec,
    fieldPath: string,
    result: ImageResult & { ok: false },
  ): void {
    events.record(pod, { type: 'Warning', reason: 'Failed', message: `Error: ${result.reason}`, fieldPath });
    containerRecord(container.name).waiting = { reason: result.reason, message: result.message };
  }

  /** Image volumes come first; one that fails stands on every container of the pod. */
  async function mountImages(pod: PodObject, secrets: readonly SecretObject[]): Promise<boolean> {
    for (const volume of pod.spec.volumes ?? []) {
      if (!volume.image?.reference) continue;
      const { reference: image, pullPolicy: policy } = volume.image;
      const result = await fetch(pod, { image, policy }, secrets);
      if (isStopped || result.ok) continue;
      for (const one of pod.spec.containers) refuse(pod, one, `spec.containers{${one.name}}`, result);
      return false;
    }
    return true;
  }

  /** @returns whether the container runs now */
  async function start(
    pod: PodObject,
    container: ContainerSpec,
    list: string,
    secrets: readonly SecretObject[],
  ): Promise<boolean> {
    const fieldPath = `spec.${list}{${container.name}}`;
    const image = container.image ?? '';
    const result = await fetch(pod, { image, policy: container.imagePullPolicy, fieldPath }, secrets);
    if (isStopped) return false;
    if (!result.ok) {
      refuse(pod, container, fieldPath, result);
      return false;
    }
    deps.imagesChanged();
    const one = containerRecord(container.name);
    const repository = result.name.replace(/@.*$/, '').replace(/:[^:/]*$/, '');
    Object.assign(one, {
      phase: 'running',
      waiting: undefined,
      specImage: image,
      imageName: result.name.includes('@') ? `${repository}@${result.image.digest}` : result.name,
      imageId: `${repository}@${result.image.digest}`,
      containerId: `containerd://${randomBytes(32).toString('hex')}`,
      startedAt: api.clock.now(),
    });
    events.record(pod, { type: 'Normal', reason: 'Created', message: 'Container created', fieldPath });
    events.record(pod, { type: 'Normal', reason: 'Started', message: 'Container started', fieldPath });
    const runsMs = list === 'initContainers' ? INIT_RUNS_MS : endsByItself(pod) ? JOB_RUNS_MS : undefined;
    if (runsMs !== undefined && container.restartPolicy !== 'Always') {
      time.after(runsMs, () => {
        if (isStopped) return;
        Object.assign(one, { phase: 'terminated', finishedAt: api.clock.now() });
        poke();
      });
    }
    return true;
  }

  /** There are no processes here: only what belongs to a Job is taken to end. */
  function endsByItself(pod: PodObject): boolean {
    return controllerOf(pod)?.kind === 'Job';
  }

  /** A changed image restarts the container, with a back-off of its own. */
  function noticeChangedImages(pod: PodObject): void {
    if (seenGeneration === pod.metadata.generation) return;
    seenGeneration = pod.metadata.generation ?? 1;
    for (const container of pod.spec.containers) {
      const one = containerRecord(container.name);
      if (one.phase !== 'running' || one.specImage === container.image) continue;
      events.record(pod, {
        type: 'Normal',
        reason: 'Killing',
        message: `Container ${container.name} definition changed, will be restarted`,
        fieldPath: `spec.containers{${container.name}}`,
      });
      Object.assign(one, { phase: 'waiting', waiting: undefined, restarts: one.restarts + 1 });
    }
  }

  async function syncContainers(pod: PodObject): Promise<'settled' | 'started' | 'retry'> {
    const inits = pod.spec.initContainers ?? [];
    const pendingInit = inits.find(({ name: one }) => containerRecord(one).phase !== 'terminated');
    const lists: readonly (readonly [string, readonly ContainerSpec[]])[] =
      pendingInit && containerRecord(pendingInit.name).phase === 'waiting'
        ? [['initContainers', [pendingInit]]]
        : pendingInit
          ? []
          : [
              ['ephemeralContainers', pod.spec.ephemeralContainers ?? []],
              ['containers', pod.spec.containers],
            ];
    const waiting = lists.flatMap(([list, all]) =>
      all.filter(({ name: one }) => containerRecord(one).phase === 'waiting').map((one) => [list, one] as const),
    );
    if (waiting.length === 0) return 'settled';
    const secrets = pullSecrets(pod);
    const isFirst = record.sandboxAt === undefined;
    if (isFirst) {
      await pause(SANDBOX_MS);
      if (isStopped) return 'settled';
      record.sandboxAt = api.clock.now();
      record.ip = deps.nextPodIp();
    }
    if (!(await mountImages(pod, secrets))) return isFirst ? 'started' : 'retry';
    let hasStarted = false;
    let hasFailed = false;
    for (const [list, container] of waiting) {
      if (isStopped) return 'settled';
      if (await start(pod, container, list, secrets)) hasStarted = true;
      else hasFailed = true;
    }
    // A new sandbox or container is an event of the relist, which syncs at once; a mere failure waits its period.
    if (isFirst || hasStarted) return 'started';
    return hasFailed ? 'retry' : 'settled';
  }

  async function sync(): Promise<void> {
    if (isSyncing || isStopped) {
      isPoked = true;
      return;
    }
    const pod = current();
    if (!pod) return stop();
    isSyncing = true;
    isPoked = false;
    try {
      if (pod.metadata.deletionTimestamp) return await terminate(pod);
      noticeChangedImages(pod);
      // The status is that of the sync before: this is why every retry shows ErrImagePull until the next one.
      writeStatus(pod);
      const outcome = await syncContainers(pod);
      if (outcome === 'started') later(RELIST_MS);
      else if (outcome === 'retry') later(RETRY_MS * (1 + Math.random() / 2));
    } catch (error) {
      if (!isStopped && !isTerminating) {
        deps.log?.error('embedded kubelet failed', { pod: `${namespace}/${name}`, error: String(error) });
        later(RETRY_MS);
      }
    } finally {
      isSyncing = false;
      if (isPoked && !isStopped) later(0);
    }
  }

  async function terminate(pod: PodObject): Promise<void> {
    const running = pod.spec.containers.filter((one) => containerRecord(one.name).phase === 'running');
    for (const one of running) {
      const fieldPath = `spec.containers{${one.name}}`;
      events.record(pod, { type: 'Normal', reason: 'Killing', message: `Stopping container ${one.name}`, fieldPath });
    }
    await pause(running.length > 0 ? STOP_MS : STOP_MS / 4);
    const left = current();
    stop();
    if (left) api.delete(PODS, namespace, name, { gracePeriodSeconds: 0, uid });
  }

  function poke(): void {
    const pod = current();
    if (pod?.metadata.deletionTimestamp && !isTerminating) {
      isTerminating = true;
      // A pull under way does not hold up the end of its pod.
      abort.abort();
      isPoked = true;
    }
    if (isSyncing) isPoked = true;
    else later(0);
  }

  function stop(): void {
    isStopped = true;
    abort.abort();
    cancelTimer?.();
    deps.backOff.forget(uid);
  }

  later(0);
  return { poke, stop };
}
