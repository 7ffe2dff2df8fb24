import { describe, expect, it } from '@jest/globals';
import { diagnose } from '../../shared/diagnosis/diagnose.ts';
import { findPullFailures } from '../../shared/domain/find-pull-failures.ts';
import type { KubeEvent, Pod } from '../../shared/domain/kubernetes.ts';
import { snapshotOf } from '../support/captures.ts';

const IMAGE = 'quay.io/acme/web:v9';
const NOW = Date.parse('2026-11-22T12:00:00Z');

function podThatWaits(reason: string, message: string | undefined): Pod {
  const waiting = message === undefined ? { reason } : { reason, message };
  return {
    kind: 'Pod',
    metadata: { name: 'web-1', namespace: 'shop', uid: 'u1' },
    spec: { nodeName: 'node-1', containers: [{ name: 'web', image: IMAGE }] },
    status: { phase: 'Pending', containerStatuses: [{ name: 'web', state: { waiting } }] },
  };
}

function event(reason: string, message: string, secondsAgo: number): KubeEvent {
  const at = new Date(NOW - secondsAgo * 1000).toISOString();
  return {
    kind: 'Event',
    reason,
    message,
    count: 1,
    firstTimestamp: at,
    lastTimestamp: at,
    involvedObject: { kind: 'Pod', namespace: 'shop', name: 'web-1', uid: 'u1', fieldPath: 'spec.containers{web}' },
  };
}

/** Kubelets before 1.32 tell the reason in events only. */
describe('a kubelet that says nothing while it waits', () => {
  const events = (why: string) => [
    event('Pulling', `Pulling image "${IMAGE}"`, 40),
    event('Failed', `Failed to pull image "${IMAGE}": ${why}`, 38),
    event('Failed', 'Error: ErrImagePull', 38),
    event('BackOff', `Back-off pulling image "${IMAGE}"`, 20),
    event('Failed', 'Error: ImagePullBackOff', 20),
  ];

  it.each([
    { reason: 'ImagePullBackOff', message: undefined },
    { reason: 'ImagePullBackOff', message: '' },
    { reason: 'ImagePullBackOff', message: ' \n' },
    { reason: 'ImagePullBackOff', message: `Back-off pulling image "${IMAGE}"` },
    { reason: 'ErrImagePull', message: '' },
  ])('costs nothing where the events say why: $reason, $message', ({ reason, message }) => {
    for (const [why, cause] of [
      ['rpc error: code = Unknown desc = reading manifest v9 in quay.io/acme/web: manifest unknown', 'tag-not-found'],
      ['Get "https://quay.io/v2/": dial tcp: lookup quay.io on 10.0.0.10:53: no such host', 'dns-failure'],
      ['rpc error: code = Unknown desc = toomanyrequests: slow down', 'rate-limited'],
    ] as const) {
      const snapshot = snapshotOf({ pods: [podThatWaits(reason, message)], events: events(why), observedAt: NOW });
      const [failure] = findPullFailures(snapshot);
      expect(failure === undefined ? undefined : diagnose(failure)[0]?.causeId).toBe(cause);
    }
  });
});
