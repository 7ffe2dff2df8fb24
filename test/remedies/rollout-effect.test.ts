import { describe, expect, it } from '@jest/globals';
import { isRefused } from '../../shared/remedies/support/no-plan.ts';
import { findPatchTarget } from '../../shared/remedies/support/patch-target.ts';
import { describeRollout } from '../../shared/remedies/support/rollout-effect.ts';
import { contextOf, stuckPod, web } from './context.ts';

interface Row {
  readonly kind: string;
  readonly spec?: object;
  readonly desired: number;
  readonly serving: number;
  readonly danger: string;
  readonly deletes?: boolean;
  readonly says: RegExp;
}

function effectOf({ kind, spec, desired, serving }: Row) {
  const counts = kind === 'DaemonSet' ? { desiredNumberScheduled: desired, numberAvailable: serving } : {};
  const object = web({ kind, desired, available: serving, spec: { ...spec } });
  const pod = kind === 'Deployment' ? stuckPod('a') : stuckPod('a', { owner: kind });
  const context = contextOf({ pods: [pod], workloads: [{ ...object, status: { ...object.status, ...counts } }] });
  const target = findPatchTarget(context);
  if (isRefused(target)) throw new Error(target.refused);
  return describeRollout(context, target);
}

const update = (type: string, rollingUpdate?: object) => ({ updateStrategy: { type, rollingUpdate } });
const rollout = (rollingUpdate: object) => ({ strategy: { type: 'RollingUpdate', rollingUpdate } });

describe('a rollout', () => {
  it.each<Row>([
    { kind: 'Deployment', desired: 3, serving: 3, danger: 'careful', says: /3 of 3 pods serve now and keep serving/ },
    { kind: 'Deployment', desired: 1, serving: 1, danger: 'careful', says: /1 of 1 pods serve now and keep serving/ },
    { kind: 'Deployment', desired: 3, serving: 0, danger: 'careful', says: /nothing of it serves now/ },
    {
      kind: 'Deployment',
      desired: 3,
      serving: 2,
      spec: { strategy: { type: 'Recreate' } },
      danger: 'dangerous',
      says: /all 2 pods that serve stop before the new ones start \(strategy Recreate\)/,
    },
    {
      kind: 'Deployment',
      desired: 1,
      serving: 1,
      spec: { strategy: { type: 'Recreate' } },
      danger: 'dangerous',
      says: /the only pod that serves stops before/,
    },
    {
      kind: 'Deployment',
      desired: 3,
      serving: 0,
      spec: { strategy: { type: 'Recreate' } },
      danger: 'careful',
      says: /nothing of it serves now/,
    },
    {
      kind: 'Deployment',
      desired: 1,
      serving: 1,
      spec: rollout({ maxSurge: 0 }),
      danger: 'dangerous',
      says: /the only pod that serves may stop at once/,
    },
    {
      kind: 'Deployment',
      desired: 2,
      serving: 2,
      spec: rollout({ maxSurge: 0 }),
      danger: 'careful',
      says: /keep serving/,
    },
    {
      kind: 'StatefulSet',
      desired: 1,
      serving: 1,
      danger: 'dangerous',
      deletes: true,
      says: /the only pod that serves stops before a new one starts/,
    },
    {
      kind: 'StatefulSet',
      desired: 3,
      serving: 2,
      danger: 'dangerous',
      deletes: true,
      says: /one after the other, each stopping before its successor starts: 2 of 3 serve now/,
    },
    { kind: 'StatefulSet', desired: 3, serving: 0, danger: 'careful', deletes: true, says: /nothing of it serves/ },
    {
      kind: 'StatefulSet',
      desired: 3,
      serving: 2,
      spec: update('OnDelete'),
      danger: 'careful',
      deletes: true,
      says: /keep serving/,
    },
    { kind: 'DaemonSet', desired: 5, serving: 4, danger: 'dangerous', says: /node by node.*4 of 5 serve now/ },
    {
      kind: 'DaemonSet',
      desired: 5,
      serving: 4,
      spec: update('RollingUpdate', { maxSurge: 1, maxUnavailable: 0 }),
      danger: 'careful',
      says: /keep serving/,
    },
    {
      kind: 'DaemonSet',
      desired: 5,
      serving: 4,
      spec: update('OnDelete'),
      danger: 'careful',
      deletes: true,
      says: /keep serving/,
    },
  ])('of a $kind, $serving of $desired serve, $spec: $danger', (row) => {
    const effect = effectOf(row);
    expect(effect.danger).toBe(row.danger);
    expect(effect.radius[1]).toMatch(row.says);
    const isByHand = JSON.stringify(row.spec)?.includes('OnDelete') === true;
    expect(effect.pods).toBe(isByHand ? 1 : row.desired);
    expect(effect.leavesStuckPods).toBe(row.deletes ?? false);
  });
});
