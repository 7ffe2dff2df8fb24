import { describe, expect, it } from '@jest/globals';
import { judgeMember } from '../../../shared/domain/incident/judge-member.ts';
import { buildWorld } from '../../../shared/domain/incident/world.ts';
import type { Member } from '../../../shared/domain/incident.ts';
import type { Pod, Workload } from '../../../shared/domain/kubernetes.ts';
import { failingPod, notFoundText, runningPod, waitingPod } from '../../flows/kube-objects.ts';
import { snapshotOf } from '../../support/captures.ts';

const NOW = Date.UTC(2026, 10, 22, 12);
const IMAGE = 'ghcr.io/acme/web:v2';

type Status = NonNullable<Workload['status']>;

function member(kind: string, change: Partial<Member> = {}): Member {
  return {
    key: `shop/${kind}/web/app`,
    namespace: 'shop',
    workloadKind: kind,
    workloadName: 'web',
    container: 'app',
    containerKind: 'container',
    image: IMAGE,
    state: 'failing',
    observedAt: NOW - 10_000,
    reason: 'ImagePullBackOff',
    pods: [],
    failingPods: 1,
    runningPods: 0,
    firstFailedAt: NOW - 60_000,
    lastFailedAt: NOW - 10_000,
    tries: 3,
    findings: [],
    errorText: '',
    events: [],
    gaps: [],
    rollout: undefined,
    routing: { channel: undefined, oncall: undefined, runbook: undefined, muteUntil: undefined },
    ...change,
  };
}

function workload(kind: string, status: Status, spec: Workload['spec'] = { replicas: 1 }, generation = 1): Workload {
  return {
    kind,
    metadata: { name: 'web', namespace: 'shop', generation },
    spec: { template: { spec: { containers: [{ name: 'app', image: IMAGE }] } }, ...spec },
    status: { observedGeneration: 1, ...status },
  };
}

const OPTIONS = { namespace: 'shop', name: 'web-0', image: IMAGE, at: NOW - 30_000 };

function owned(kind: string, pod: Pod): Pod {
  if (kind === 'Pod') return { ...pod, metadata: { ...pod.metadata, name: 'web' } };
  const owner = kind === 'Deployment' ? { kind: 'ReplicaSet', name: 'web-aaaa1' } : { kind, name: 'web' };
  const labels = kind === 'Deployment' ? { labels: { 'pod-template-hash': 'aaaa1' } } : {};
  return { ...pod, metadata: { ...pod.metadata, ...labels, ownerReferences: [{ ...owner, controller: true }] } };
}

const running = runningPod(OPTIONS);
const creating = waitingPod(OPTIONS, 'ContainerCreating', '');
const crashing = waitingPod(OPTIONS, 'CrashLoopBackOff', 'back-off 10s');
const stuck = failingPod(OPTIONS, notFoundText(IMAGE));

function ended(exitCode: number): Pod {
  return {
    ...running,
    status: {
      phase: exitCode === 0 ? 'Succeeded' : 'Failed',
      containerStatuses: [{ name: 'app', state: { terminated: { exitCode } } }],
    },
  };
}

describe('judgeMember', () => {
  it.each<{ what: string; kind: string; pods: readonly Pod[]; object?: Workload; state: string }>([
    { what: 'a bare pod that runs', kind: 'Pod', pods: [running], state: 'running' },
    { what: 'a bare pod that is being created', kind: 'Pod', pods: [creating], state: 'waiting' },
    { what: 'a bare pod that did its work', kind: 'Pod', pods: [ended(0)], state: 'running' },
    { what: 'a bare pod that ran and failed', kind: 'Pod', pods: [ended(1)], state: 'superseded' },
    { what: 'a bare pod that crashes', kind: 'Pod', pods: [crashing], state: 'pulled' },
    { what: 'a bare pod that is gone', kind: 'Pod', pods: [], state: 'gone' },
    {
      what: 'a complete Deployment',
      kind: 'Deployment',
      pods: [running],
      object: workload('Deployment', { availableReplicas: 1, updatedReplicas: 1 }),
      state: 'running',
    },
    {
      what: 'a Deployment whose controller has not seen its newest spec',
      kind: 'Deployment',
      pods: [running],
      object: workload('Deployment', { availableReplicas: 1, updatedReplicas: 1 }, { replicas: 1 }, 2),
      state: 'waiting',
    },
    {
      what: 'a Deployment of which only the old revision runs',
      kind: 'Deployment',
      pods: [running],
      object: workload('Deployment', { availableReplicas: 3, updatedReplicas: 0 }, { replicas: 3 }),
      state: 'waiting',
    },
    {
      what: 'a Deployment that runs and is not ready',
      kind: 'Deployment',
      pods: [running],
      object: workload('Deployment', { availableReplicas: 0, updatedReplicas: 1 }),
      state: 'pulled',
    },
    {
      what: 'a Deployment with one good and one stuck pod',
      kind: 'Deployment',
      pods: [running, { ...stuck, metadata: { ...stuck.metadata, name: 'web-1' } }],
      object: workload('Deployment', { availableReplicas: 2, updatedReplicas: 2 }, { replicas: 2 }),
      state: 'waiting',
    },
    {
      what: 'a Deployment scaled to nothing',
      kind: 'Deployment',
      pods: [],
      object: workload('Deployment', {}, { replicas: 0 }),
      state: 'gone',
    },
    {
      what: 'a Deployment whose pod is not made yet',
      kind: 'Deployment',
      pods: [],
      object: workload('Deployment', {}),
      state: 'waiting',
    },
    { what: 'a Deployment that was deleted', kind: 'Deployment', pods: [], state: 'gone' },
    {
      what: 'a Deployment without this container now',
      kind: 'Deployment',
      pods: [],
      object: workload(
        'Deployment',
        { availableReplicas: 1, updatedReplicas: 1 },
        { replicas: 1, template: { spec: { containers: [{ name: 'other', image: IMAGE }] } } },
      ),
      state: 'superseded',
    },
    {
      what: 'a Deployment that could not be read and whose pods run',
      kind: 'Deployment',
      pods: [running],
      state: 'running',
    },
    {
      what: 'a StatefulSet',
      kind: 'StatefulSet',
      pods: [running],
      object: workload('StatefulSet', { availableReplicas: 1 }),
      state: 'running',
    },
    {
      what: 'a StatefulSet in mid-update',
      kind: 'StatefulSet',
      pods: [creating],
      object: workload('StatefulSet', { availableReplicas: 0 }),
      state: 'waiting',
    },
    {
      what: 'a DaemonSet',
      kind: 'DaemonSet',
      pods: [running],
      object: workload('DaemonSet', { desiredNumberScheduled: 1, numberAvailable: 1, updatedNumberScheduled: 1 }),
      state: 'running',
    },
    {
      what: 'a DaemonSet of which some nodes wait for their update',
      kind: 'DaemonSet',
      pods: [running],
      object: workload('DaemonSet', { desiredNumberScheduled: 3, numberAvailable: 3, updatedNumberScheduled: 1 }),
      state: 'waiting',
    },
    { what: 'a Job that runs', kind: 'Job', pods: [running], object: workload('Job', { active: 1 }), state: 'running' },
    {
      what: 'a Job that is done, its pod removed',
      kind: 'Job',
      pods: [],
      object: workload('Job', { succeeded: 1 }),
      state: 'running',
    },
    {
      what: 'a Job that failed',
      kind: 'Job',
      pods: [],
      object: workload('Job', { conditions: [{ type: 'Failed', status: 'True' }] }),
      state: 'superseded',
    },
    { what: 'a Job that was deleted', kind: 'Job', pods: [], state: 'gone' },
    {
      what: 'a CronJob between two runs',
      kind: 'CronJob',
      pods: [],
      object: workload('CronJob', {}),
      state: 'waiting',
    },
    { what: 'an owner of a kind that nobody knows', kind: 'Rollout', pods: [running], state: 'running' },
  ])('$what: $state', ({ kind, pods, object, state }) => {
    const snapshot = snapshotOf({
      pods: pods.map((pod) => owned(kind, pod)),
      events: [],
      workloads: object === undefined ? [] : [object],
      observedAt: NOW,
    });
    expect(judgeMember(member(kind), buildWorld(snapshot)).state).toBe(state);
  });

  it('waits seven days for the next run of a CronJob', () => {
    const world = buildWorld(
      snapshotOf({ pods: [], events: [], workloads: [workload('CronJob', {})], observedAt: NOW }),
    );
    const day = 24 * 3_600_000;
    expect(judgeMember(member('CronJob', { lastFailedAt: NOW - 7 * day }), world).state).toBe('waiting');
    expect(judgeMember(member('CronJob', { lastFailedAt: NOW - 7 * day - 1 }), world).state).toBe('gone');
  });

  it('takes no pod that is about to be deleted for a proof', () => {
    const leaving = { ...running, metadata: { ...running.metadata, deletionTimestamp: '2026-11-22T11:59:59Z' } };
    const world = buildWorld(snapshotOf({ pods: [owned('Pod', leaving)], events: [], observedAt: NOW }));
    expect(judgeMember(member('Pod'), world).state).toBe('gone');
  });
});
