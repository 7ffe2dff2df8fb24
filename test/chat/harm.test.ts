import { describe, expect, it } from '@jest/globals';
import { assessWorkloads } from '../../shared/chat/harm.ts';
import { readWorkload } from '../../shared/domain/find-pull-failures.ts';
import type { MemberRollout } from '../../shared/domain/incident.ts';
import type { Workload } from '../../shared/domain/kubernetes.ts';
import { NOW, sampleConfig, sampleMember } from '../support/sample-incident.ts';

const BORN = '2026-11-22T09:00:00Z';

function harmOf(rollout: Partial<MemberRollout>): string | undefined {
  const sample = sampleMember();
  const member = { ...sample, rollout: { ...(sample.rollout as MemberRollout), oldAvailable: 0, ...rollout } };
  return assessWorkloads([member], 'prod-eu', sampleConfig())[0]?.harm;
}

function hasServed(conditions: NonNullable<Workload['status']>['conditions']): boolean | undefined {
  const deployment: Workload = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'checkout', namespace: 'shop', uid: 'd1', creationTimestamp: BORN },
    spec: { replicas: 3 },
    status: conditions === undefined ? {} : { conditions },
  };
  const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'checkout', uid: 'd1', controller: true };
  const pod = {
    kind: 'Pod',
    metadata: { name: 'checkout-1', namespace: 'shop', uid: 'p1', ownerReferences: [owner] },
    spec: { containers: [{ name: 'app', image: 'checkout:v1' }] },
  };
  const snapshot = {
    cluster: 'prod-eu',
    pods: [pod],
    events: [],
    secrets: [],
    secretsNotRead: {},
    serviceAccounts: [],
    nodes: [],
    workloads: [deployment],
    namespaces: [],
    gaps: [],
    observedAt: NOW,
  };
  return readWorkload(snapshot, { namespace: 'shop', pod: 'checkout-1', container: 'app' })?.hasServed;
}

describe('whether something served before', () => {
  it.each([
    { hasServed: false, revision: '2', harm: 'never-served' },
    { hasServed: true, revision: '1', harm: 'down' },
    { hasServed: undefined, revision: '2', harm: 'down' },
  ])('conditions say $hasServed, revision $revision: $harm', ({ harm, ...rollout }) => {
    expect(harmOf({ desired: 3, available: 0, ...rollout })).toBe(harm);
  });

  it.each([
    { status: 'False', at: '2026-11-22T09:00:01Z', expected: false },
    { status: 'False', at: '2026-11-22T09:07:00Z', expected: true },
    { status: 'True', at: '2026-11-22T09:00:02Z', expected: true },
  ])('Available is $status since $at: $expected', ({ status, at, expected }) => {
    expect(hasServed([{ type: 'Available', status, lastTransitionTime: at }])).toBe(expected);
  });

  it('is not known without the condition', () => {
    expect(hasServed([])).toBeUndefined();
    expect(hasServed(undefined)).toBeUndefined();
  });
});
