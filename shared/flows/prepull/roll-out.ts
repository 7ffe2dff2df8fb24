import { setTimeout as pause } from 'node:timers/promises';
import { ClusterError } from '../../domain/errors.ts';
import type { Pod } from '../../domain/kubernetes.ts';
import { type DaemonSetManifest, RUN_LABEL } from '../../domain/prepull/daemon-set.ts';
import { type NodeProgress, nodeProgress } from '../../domain/prepull/node-progress.ts';
import type { ClusterReader } from '../../ports/cluster.ts';
import type { DaemonSetState, DaemonSets } from '../../ports/daemon-sets.ts';

const LOOK_EVERY_MS = 2_000;
/** Pods end within a second or two of their DaemonSet; a node that is gone keeps its pod longer. */
const CLEAN_UP_MS = 60_000;

export interface RollOutDeps {
  readonly daemonSets: DaemonSets;
  readonly reader: Pick<ClusterReader, 'listPods'>;
  /** Between two looks, in milliseconds; tests shorten it. */
  readonly lookEveryMs?: number | undefined;
}

/** One look at the whole. */
export interface Progress {
  /** Nodes that should have the images; `undefined` = the controller has not said yet. */
  readonly desired: number | undefined;
  readonly nodes: readonly NodeProgress[];
}

/** Whoever tells of it. */
export interface WaitListener {
  /** @returns whether waiting helps nobody any more */
  onLook(progress: Progress): Promise<'go-on' | 'hopeless'>;
  /** A look that the API server did not answer; the next one follows. */
  onLost(error: ClusterError): void;
}

/** How the wait ended; `nobody`: no node matches. */
export type WaitEnd = 'done' | 'time-over' | 'interrupted' | 'hopeless' | 'nobody' | 'deleted';

/** @throws {ClusterError} where the API server does not take it, with its words */
export async function create(manifest: DaemonSetManifest, { daemonSets }: RollOutDeps): Promise<void> {
  const { namespace, name } = manifest.metadata;
  const created = await daemonSets.create(manifest);
  if (!created.ok) throw new RollOutError(`${created.gap.what}: ${created.gap.why}`, created.gap.command);
  if (created.value !== 'created') {
    throw new RollOutError(`the API server refused daemonset ${namespace}/${name}: ${created.value.refused}`);
  }
}

/** What a person has to know and can do something about; `command` grants what was denied. */
export class RollOutError extends Error {
  override readonly name = 'RollOutError';
  readonly command: string | undefined;

  constructor(message: string, command?: string) {
    super(message);
    this.command = command;
  }
}

/**
 * Looks until every node has the images, or time is over; an API server that stays away for a while is waited for.
 * @throws {ClusterError} for what waiting does not heal, {RollOutError} when it does not show what is needed
 */
export async function waitForNodes(
  manifest: DaemonSetManifest,
  imageCount: number,
  options: { readonly timeoutMs: number; readonly signal: AbortSignal },
  deps: RollOutDeps,
  listener: WaitListener,
): Promise<WaitEnd> {
  const end = performance.now() + options.timeoutMs;
  for (;;) {
    if (options.signal.aborted) return 'interrupted';
    try {
      const seen = await look(manifest, imageCount, deps);
      if (seen === 'deleted') return 'deleted';
      if (seen.desired === 0) return 'nobody';
      const word = await listener.onLook(seen);
      if (isDone(seen)) return 'done';
      if (word === 'hopeless') return 'hopeless';
    } catch (error) {
      if (!(error instanceof ClusterError) || error.retry !== 'retry') throw error;
      listener.onLost(error);
    }
    const left = end - performance.now();
    if (left <= 0) return 'time-over';
    await pause(Math.min(left, deps.lookEveryMs ?? LOOK_EVERY_MS), undefined, { signal: options.signal }).catch(
      () => {},
    );
  }
}

function isDone({ desired, nodes }: Progress): boolean {
  return desired !== undefined && nodes.filter(({ state }) => state === 'done').length >= desired;
}

async function look(
  manifest: DaemonSetManifest,
  imageCount: number,
  { daemonSets, reader }: RollOutDeps,
): Promise<Progress | 'deleted'> {
  const { namespace, name } = manifest.metadata;
  const [set, pods] = await Promise.all([daemonSets.read(namespace, name), reader.listPods({ namespace })]);
  if (!set.ok) throw new RollOutError(`${set.gap.what}: ${set.gap.why}`, set.gap.command);
  if (!pods.ok) throw new RollOutError(`${pods.gap.what}: ${pods.gap.why}`, pods.gap.command);
  if (set.value === 'missing') return 'deleted';
  return { desired: desiredOf(set.value), nodes: nodeProgress(podsOf(pods.value, name), imageCount) };
}

function desiredOf({ isObserved, desired }: DaemonSetState): number | undefined {
  return isObserved ? desired : undefined;
}

function podsOf(pods: readonly Pod[], name: string): readonly Pod[] {
  return pods.filter(({ metadata }) => metadata?.labels?.[RUN_LABEL] === name);
}

/**
 * Deletes it with its pods, and waits until they are gone.
 * @returns `undefined`, or what is left and why
 */
export async function cleanUp(
  manifest: DaemonSetManifest,
  { daemonSets, lookEveryMs = LOOK_EVERY_MS }: RollOutDeps,
  withinMs = CLEAN_UP_MS,
): Promise<string | undefined> {
  const { namespace, name } = manifest.metadata;
  const end = performance.now() + withinMs;
  let why = 'its pods are still ending';
  for (;;) {
    try {
      const deleted = await daemonSets.delete(namespace, name);
      if (!deleted.ok) return `${deleted.gap.what}: ${deleted.gap.why}`;
      if (deleted.value === 'missing') return undefined;
    } catch (error) {
      why = error instanceof Error ? error.message : String(error);
    }
    if (performance.now() >= end) return why;
    await pause(lookEveryMs);
  }
}
