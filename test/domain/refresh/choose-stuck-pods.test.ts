import { describe, expect, it } from '@jest/globals';
import type { Pod } from '../../../shared/domain/kubernetes.ts';
import { chooseStuckPods } from '../../../shared/domain/refresh/choose-stuck-pods.ts';
import { failingPod, runningPod } from '../../flows/kube-objects.ts';
import { ECR_HOST } from '../../support/refresh-builders.ts';

const AT = Date.UTC(2026, 10, 22, 13);
const IMAGE = `${ECR_HOST}/checkout:v1`;
const WRITTEN = { secretNames: new Set(['ecr-creds']), isRegistry: (host: string) => host === ECR_HOST };

function stuck(name: string, change: { readonly node?: string; readonly image?: string } = {}): Pod {
  const { node = 'node-1', image = IMAGE } = change;
  const options = { namespace: 'shop', name, image, at: AT, deployment: 'web', pullSecret: 'ecr-creds', node };
  const pod = failingPod(options, 'forbidden');
  return { ...pod, metadata: { ...pod.metadata, resourceVersion: '7' } };
}

function changed(
  pod: Pod,
  change: { readonly metadata?: Pod['metadata']; readonly spec?: object; readonly status?: object },
): Pod {
  return {
    ...pod,
    metadata: { ...pod.metadata, ...change.metadata },
    spec: { ...pod.spec, ...change.spec },
    status: { ...pod.status, ...change.status },
  } as Pod;
}

const names = (pods: readonly Pod[]) => chooseStuckPods(pods, WRITTEN).map(({ name }) => name);

describe('pods that are retried after a repair', () => {
  it('are one for each node and image', () => {
    const pods = [
      stuck('a'),
      stuck('b'),
      stuck('c', { node: 'node-2' }),
      stuck('d', { image: `${ECR_HOST}/other:v1` }),
      stuck('e', { node: 'node-2' }),
    ];
    expect(names(pods)).toEqual(['a', 'c', 'd']);
  });

  it('are all of those that pull always', () => {
    const always = (pod: Pod) =>
      changed(pod, { spec: { containers: [{ name: 'app', image: IMAGE, imagePullPolicy: 'Always' }] } });
    expect(names([always(stuck('a')), always(stuck('b'))])).toEqual(['a', 'b']);
  });

  it('are named as they were read', () => {
    expect(chooseStuckPods([stuck('a')], WRITTEN)).toEqual([
      { namespace: 'shop', name: 'a', uid: `uid-shop-a-${AT}`, resourceVersion: '7' },
    ]);
  });

  it('are twenty at most', () => {
    expect(names(Array.from({ length: 30 }, (_, n) => stuck(`p${n}`, { node: `n${n}` })))).toHaveLength(20);
  });

  const base = stuck('a');
  const status = base.status?.containerStatuses?.[0];
  const owner = { kind: 'ReplicaSet', name: 'web-aaaa1', controller: true };
  it.each([
    { what: 'a bare one', pod: changed(base, { metadata: { ownerReferences: [] } }) },
    {
      what: 'one that a non-controller owns',
      pod: changed(base, { metadata: { ownerReferences: [{ ...owner, controller: false }] } }),
    },
    { what: "a Job's", pod: changed(base, { metadata: { ownerReferences: [{ ...owner, kind: 'Job' }] } }) },
    { what: 'a mirror pod', pod: changed(base, { metadata: { annotations: { 'kubernetes.io/config.mirror': 'x' } } }) },
    { what: 'one that is going', pod: changed(base, { metadata: { deletionTimestamp: '2026-11-22T13:00:00Z' } }) },
    {
      what: 'a running one',
      pod: runningPod({ namespace: 'shop', name: 'a', image: IMAGE, at: AT, deployment: 'web' }),
    },
    {
      what: 'one that restarted',
      pod: changed(base, { status: { containerStatuses: [{ ...status, restartCount: 1 }] } }),
    },
    {
      what: 'one whose container ran before',
      pod: changed(base, {
        status: { containerStatuses: [{ ...status, lastState: { terminated: { exitCode: 1 } } }] },
      }),
    },
    {
      what: 'one of which an init container ran',
      pod: changed(base, {
        status: { initContainerStatuses: [{ name: 'init', state: { terminated: { exitCode: 0 } } }] },
      }),
    },
    { what: 'one without the secret', pod: changed(base, { spec: { imagePullSecrets: [{ name: 'other' }] } }) },
    { what: 'one that waits for another registry', pod: stuck('a', { image: 'ghcr.io/acme/web:v1' }) },
    {
      what: 'one that waits for something else',
      pod: changed(base, {
        status: { containerStatuses: [{ ...status, state: { waiting: { reason: 'ContainerCreating' } } }] },
      }),
    },
    { what: 'one that was read without its uid', pod: changed(base, { metadata: { uid: '' } }) },
  ])('are not: $what', ({ pod }) => {
    expect(names([pod])).toEqual([]);
  });
});
