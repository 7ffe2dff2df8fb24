import { describe, expect, it } from '@jest/globals';
import { diagnose } from '../../../shared/diagnosis/diagnose.ts';
import { findPullFailures } from '../../../shared/domain/find-pull-failures.ts';
import { buildMembers } from '../../../shared/domain/incident/build-members.ts';
import { readRouting } from '../../../shared/domain/incident/routing.ts';
import { buildWorld } from '../../../shared/domain/incident/world.ts';
import type { ClusterSnapshot } from '../../../shared/domain/snapshot.ts';
import { failingPod, notFoundText, pullEvents } from '../../flows/kube-objects.ts';
import { snapshotOf } from '../../support/captures.ts';

const NOW = Date.UTC(2026, 10, 22, 12);

function build(snapshot: ClusterSnapshot) {
  const diagnosed = findPullFailures(snapshot).map((failure) => ({ failure, findings: diagnose(failure) }));
  return buildMembers(diagnosed, buildWorld(snapshot), []);
}

function broken(name: string, tag: string, at: number, deployment?: string) {
  const image = `ghcr.io/acme/web:${tag}`;
  const pod = failingPod(
    { namespace: 'shop', name, image, at, ...(deployment === undefined ? {} : { deployment }) },
    notFoundText(image),
  );
  return { pod, events: pullEvents(pod, notFoundText(image), at) };
}

describe('buildMembers', () => {
  it('groups pods by workload and container, oldest failure first, and counts them all', () => {
    const all = Array.from({ length: 30 }, (_, n) => broken(`web-aaaa1-${n}`, 'v2', NOW - n * 1_000, 'web'));
    const snapshot = snapshotOf({ pods: all.map(({ pod }) => pod), events: all.flatMap(({ events }) => events) });
    const members = build(snapshot);
    expect(members).toMatchObject([{ key: 'shop/Deployment/web/app', failingPods: 30 }]);
    expect(members[0]?.pods).toHaveLength(20);
    expect(members[0]?.pods[0]?.name).toBe('web-aaaa1-29');
  });

  it('speaks of the image that is wanted now while two revisions fail', () => {
    const all = [broken('web-aaaa1-old', 'v2', NOW - 60_000, 'web'), broken('web-aaaa1-new', 'v3', NOW, 'web')];
    const [member] = build(
      snapshotOf({ pods: all.map(({ pod }) => pod), events: all.flatMap(({ events }) => events) }),
    );
    expect(member).toMatchObject({ image: 'ghcr.io/acme/web:v3', failingPods: 2 });
    expect(member?.findings[0]?.subject).toContain('v3');
  });

  it('keeps no credential of the runtime’s words', () => {
    const image = 'ghcr.io/acme/web:v2';
    const token = `eyJ${'a'.repeat(30)}.${'b'.repeat(30)}.${'c'.repeat(30)}`;
    const text = `Failed to pull image "${image}": unexpected status from https://user:hunter2@ghcr.io/token?token=${token}: 403 Forbidden`;
    const pod = failingPod({ namespace: 'shop', name: 'app', image, at: NOW }, text);
    const stored = JSON.stringify(build(snapshotOf({ pods: [pod], events: pullEvents(pod, text, NOW) })));
    expect(stored).toContain('403 Forbidden');
    expect(stored).not.toContain('hunter2');
    expect(stored).not.toContain(token);
  });
});

describe('readRouting', () => {
  const alert = {
    name: 'A',
    status: 'firing' as const,
    startsAt: NOW,
    fingerprint: 'f',
    labels: { slack_channel: '#from-alert', runbook_url: 'https://runbooks.example.com/a' },
  };
  const nothing = { workload: undefined, namespace: undefined, nodes: [], alerts: [] };

  it.each([
    {
      what: 'the workload first',
      given: { workload: { 'pullmedic.dev/slack-channel': '#w' }, namespace: { 'pullmedic.dev/slack-channel': '#n' } },
      channel: '#w',
    },
    {
      what: 'then the namespace',
      given: { namespace: { 'pullmedic.dev/slack-channel': '#n' }, alerts: [alert] },
      channel: '#n',
    },
    { what: 'then an alert label', given: { alerts: [alert] }, channel: '#from-alert' },
    { what: 'nobody', given: {}, channel: undefined },
    {
      what: 'not an empty annotation',
      given: { workload: { 'pullmedic.dev/slack-channel': ' ' } },
      channel: undefined,
    },
  ])('asks $what', ({ given, channel }) => {
    expect(readRouting({ ...nothing, ...given }).channel).toBe(channel);
  });

  it('is muted by its namespace, or by its nodes if all of them are', () => {
    const until = { 'pullmedic.dev/mute-until': '2026-11-22T13:00:00Z' };
    expect(readRouting({ ...nothing, namespace: until }).muteUntil).toBe(NOW + 3_600_000);
    expect(readRouting({ ...nothing, nodes: [until, until] }).muteUntil).toBe(NOW + 3_600_000);
    expect(readRouting({ ...nothing, nodes: [until, undefined] }).muteUntil).toBeUndefined();
    expect(readRouting({ ...nothing, namespace: { 'pullmedic.dev/mute-until': 'soon' } }).muteUntil).toBeUndefined();
  });
});
