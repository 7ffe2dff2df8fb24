import { isRecord } from '../../domain/is-record.ts';
import type { DeletePod } from '../../domain/remedy/change.ts';
import type { Danger } from '../../domain/remedy/proposal.ts';
import type { RemedyContext } from '../remedy.ts';
import { counted } from './label.ts';
import { leadOf } from './lead.ts';
import { describeWorkloadName, type PatchTarget } from './patch-target.ts';
import { findStuckPods } from './stuck-pods.ts';

/** What a new pod template does to the pods of a workload. */
export interface RolloutEffect {
  readonly danger: Danger;
  readonly radius: readonly string[];
  /** Pods that are made anew. */
  readonly pods: number;
  /** Whether its controller leaves broken pods of the old template alone: they are to be deleted. */
  readonly leavesStuckPods: boolean;
}

/**
 * @param kept pods that run with the new template already: a rollback finds those of the revision that serves
 */
export function describeRollout(context: RemedyContext, target: PatchTarget, kept = 0): RolloutEffect {
  const { workload } = leadOf(context).failure;
  const { kind } = target.name;
  const desired = workload?.desired ?? context.member.failingPods + context.member.runningPods;
  const serving = workload?.available ?? context.member.runningPods;
  const strategy = readStrategy(target);
  const isByHand = strategy.type === 'OnDelete';
  const pods = isByHand ? context.member.failingPods : Math.max(context.member.failingPods, desired - kept);
  const label = describeWorkloadName(target.name);
  const restarts = `${counted(pods, 'pod')} of ${label} ${pods === 1 ? 'is' : 'are'} made anew${isByHand ? ': others only when somebody deletes them (OnDelete)' : ''}`;
  const stops = serving - kept > 0 ? stopping(kind, strategy, desired, serving) : undefined;
  return {
    danger: stops === undefined ? 'careful' : 'dangerous',
    radius: [restarts, stops ?? serves(serving, desired)],
    pods,
    // A StatefulSet waits for its broken pod for ever; with OnDelete nothing is replaced by itself.
    leavesStuckPods: kind === 'StatefulSet' || isByHand,
  };
}

/** A rollout, with the stuck pods that its controller would leave standing. */
export function rollOut(
  context: RemedyContext,
  target: PatchTarget,
  kept?: number,
): Pick<RolloutEffect, 'danger' | 'radius' | 'pods'> & { readonly stuck: readonly DeletePod[] } {
  const { danger, radius, pods, leavesStuckPods } = describeRollout(context, target, kept);
  const stuck = leavesStuckPods ? findStuckPods(context, { isEach: true }).deleted : [];
  return { danger, radius, pods: Math.max(pods, stuck.length), stuck };
}

function serves(serving: number, desired: number): string {
  if (serving === 0) return 'nothing of it serves now, so nothing is interrupted';
  return `${serving} of ${desired} pods serve now and keep serving meanwhile`;
}

/** How pods that serve are stopped by a new template; `undefined` = only once others took their place. */
function stopping(kind: string, strategy: Strategy, desired: number, serving: number): string | undefined {
  const all = serving === 1 ? 'the only pod that serves' : `all ${serving} pods that serve`;
  if (strategy.type === 'OnDelete') return undefined;
  if (kind === 'StatefulSet') {
    return desired <= 1
      ? `${all} stops before a new one starts`
      : `its pods are replaced one after the other, each stopping before its successor starts: ${serving} of ${desired} serve now`;
  }
  if (kind === 'DaemonSet') {
    return strategy.surges
      ? undefined
      : `its pods are replaced node by node, each stopping before its successor starts: ${serving} of ${desired} serve now`;
  }
  if (strategy.type === 'Recreate')
    return `${all} ${serving === 1 ? 'stops' : 'stop'} before the new ones start (strategy Recreate)`;
  // Where neither allows anything, the controller takes one pod down.
  const down = Math.max(resolve(strategy.maxUnavailable, desired), strategy.isWithoutSurge ? 1 : 0);
  return down >= desired ? `${all} may stop at once (maxUnavailable ${strategy.maxUnavailable})` : undefined;
}

interface Strategy {
  readonly type: string;
  readonly maxUnavailable: number | string;
  /** A DaemonSet with `maxSurge`: the new pod starts first. */
  readonly surges: boolean;
  readonly isWithoutSurge: boolean;
}

/** `spec.strategy` of a Deployment, `spec.updateStrategy` of the others, with the API server's defaults. */
function readStrategy({ object }: PatchTarget): Strategy {
  const spec: unknown = object.spec;
  const found = isRecord(spec) ? (spec['strategy'] ?? spec['updateStrategy']) : undefined;
  const { type, rollingUpdate } = isRecord(found) ? found : {};
  const { maxUnavailable, maxSurge } = isRecord(rollingUpdate) ? rollingUpdate : {};
  return {
    type: typeof type === 'string' ? type : 'RollingUpdate',
    maxUnavailable: typeof maxUnavailable === 'number' || typeof maxUnavailable === 'string' ? maxUnavailable : '25%',
    surges: maxSurge !== undefined && !isNone(maxSurge),
    isWithoutSurge: isNone(maxSurge),
  };
}

function isNone(value: unknown): boolean {
  return value === 0 || value === '0' || value === '0%';
}

/** Percentages are rounded down, as the controller does. */
function resolve(value: number | string, desired: number): number {
  const percent = /^(\d+)%$/.exec(String(value))?.[1];
  return percent === undefined ? Number(value) || 0 : Math.floor((Number(percent) * desired) / 100);
}
