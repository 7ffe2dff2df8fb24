import { describe, expect, it } from '@jest/globals';
import { diagnose } from '../../../shared/diagnosis/diagnose.ts';
import { findPullFailures } from '../../../shared/domain/find-pull-failures.ts';
import type { Finding } from '../../../shared/domain/finding.ts';
import { EVENT_MESSAGE_MAX_BYTES, findingLine } from '../../../shared/domain/finding-line.ts';
import { planPodNotes } from '../../../shared/domain/incident/pod-notes.ts';
import type { KubeEvent, Pod } from '../../../shared/domain/kubernetes.ts';
import { podsOnly } from '../../../shared/flows/gather.ts';
import { failingPod, notFoundText } from '../../flows/kube-objects.ts';

const NOW = Date.UTC(2026, 10, 22, 12);
const IMAGE = 'ghcr.io/acme/web:gone';
const AT = { now: NOW, timeScale: 1 };

function failing(name: string, secondsOld = 60, change: { readonly deployment?: string } = {}): Pod {
  const options = { namespace: 'shop', name, image: IMAGE, at: NOW - secondsOld * 1_000, ...change };
  return failingPod(options, notFoundText(IMAGE));
}

function plan(pods: readonly Pod[], events: readonly KubeEvent[] = [], at = AT) {
  const diagnosed = findPullFailures(podsOnly('prod', pods, at.now)).map((failure) => ({
    failure,
    findings: diagnose(failure),
  }));
  return planPodNotes(diagnosed, events, at);
}

function said(name: string, secondsAgo: number, count = 1): KubeEvent {
  return {
    metadata: { name, namespace: 'shop' },
    reason: 'ImagePullDiagnosed',
    count,
    lastTimestamp: new Date(NOW - secondsAgo * 1_000).toISOString(),
  };
}

describe('the event on a pod', () => {
  it('says the cause, how it is known and the fix in one line', () => {
    const [note] = plan([failing('web')]);
    expect(note).toMatchObject({
      namespace: 'shop',
      pod: { name: 'web' },
      reason: 'ImagePullDiagnosed',
      fieldPath: 'spec.containers{app}',
      count: 1,
    });
    expect(note?.message).toMatch(/^tag gone does not exist \((?:certain|likely|possible)\)\. .+ \[.+\]\. Fix: /);
    expect(note?.message).not.toMatch(/[\r\n]/);
    expect(note?.name).toMatch(/^web\.[0-9a-f]{16}$/);
  });

  it('has the same name for the same pod and cause, and another one for a new pod of that name', () => {
    expect(plan([failing('web', 60)])[0]?.name).toBe(plan([failing('web', 60)])[0]?.name);
    expect(plan([failing('web', 60)])[0]?.name).not.toBe(plan([failing('web', 30)])[0]?.name);
  });

  it.each([
    { secondsAgo: 599, notes: 0 },
    { secondsAgo: 600, notes: 1 },
  ])('is said again $secondsAgo s later: $notes', ({ secondsAgo, notes }) => {
    const [first] = plan([failing('web')]);
    const again = plan([failing('web')], [said(first?.name ?? '', secondsAgo, 4)]);
    expect(again).toHaveLength(notes);
    for (const { name, count } of again) expect([name, count]).toEqual([first?.name, 5]);
  });

  it('takes tenths where time is scaled', () => {
    const [first] = plan([failing('web')]);
    expect(plan([failing('web')], [said(first?.name ?? '', 61)], { now: NOW, timeScale: 0.1 })).toHaveLength(1);
  });

  it("is not held back by another writer's event of that name", () => {
    const [first] = plan([failing('web')]);
    const other = { ...said(first?.name ?? '', 1), reason: 'BackOff' };
    expect(plan([failing('web')], [other])).toHaveLength(1);
  });

  it('is written for the newest three pods of a member only', () => {
    const pods = [5, 1, 4, 2, 3].map((age) => failing(`web-aaaa1-${age}`, age * 60, { deployment: 'web' }));
    expect(plan(pods).map(({ pod }) => pod.name)).toEqual(['web-aaaa1-1', 'web-aaaa1-2', 'web-aaaa1-3']);
  });

  it('is not written where the error is not understood', () => {
    const text = 'Failed to pull image "x": zorp';
    expect(plan([failingPod({ namespace: 'shop', name: 'web', image: IMAGE, at: NOW }, text)])).toEqual([]);
  });

  it('is not written where the pod has no uid', () => {
    const pod = failing('web');
    const { uid: _, ...metadata } = pod.metadata ?? {};
    expect(plan([{ ...pod, metadata }])).toEqual([]);
  });

  it('keeps its name within 253 characters and a valid one', () => {
    const [note] = plan([failing(`${'a'.repeat(229)}.-b${'c'.repeat(20)}`)]);
    expect(note?.name).toMatch(/^a{229}\.[0-9a-f]{16}$/);
  });
});

describe('a finding as a line', () => {
  const finding: Finding = {
    causeId: 'tag-not-found',
    confidence: 'likely',
    family: 'image-reference',
    subject: 'x',
    title: 'The tag does not exist',
    phrase: 'tag v1 does not exist',
    healsByWaiting: 'perhaps',
    evidence: [{ text: 'the registry has no tag v1.', source: 'event' }],
    fixes: [
      { id: 'later', title: 'Pin the digest', commands: [], kind: 'lasting' },
      { id: 'now', title: 'Push the tag', commands: ["docker push 'x:v1'"], kind: 'now' },
    ],
    docs: '',
  };

  it('puts what helps now before what lasts', () => {
    expect(findingLine(finding)).toBe(
      "tag v1 does not exist (likely). the registry has no tag v1 [event]. Fix: Push the tag: docker push 'x:v1'",
    );
  });

  it('leaves a command out rather than cut it', () => {
    const commands = [`docker push '${'x'.repeat(1_000)}'`];
    const line = findingLine({ ...finding, fixes: [{ id: 'now', title: 'Push the tag', commands, kind: 'now' }] });
    expect(line).toBe('tag v1 does not exist (likely). the registry has no tag v1 [event]. Fix: Push the tag');
  });

  it.each([
    { what: 'long words', text: 'x'.repeat(5_000) },
    { what: 'characters of four bytes', text: '🟢'.repeat(2_000) },
    { what: 'broken characters', text: `${'\ud83d'.repeat(900)}` },
    { what: 'line breaks', text: 'a\r\n\u2028b\u0000'.repeat(500) },
  ])('is one whole line within its limit: $what', ({ text }) => {
    const line = findingLine({ ...finding, phrase: text, evidence: [{ text, source: text }], fixes: [] });
    expect(Buffer.byteLength(line)).toBeLessThanOrEqual(EVENT_MESSAGE_MAX_BYTES);
    expect(line).not.toMatch(/[\p{Cc}\u2028]/u);
    expect(line.isWellFormed()).toBe(true);
  });

  it('shows no credential', () => {
    const text = 'Authorization: Bearer abcdefghijklmnopqrstuvwxyz0123';
    expect(findingLine({ ...finding, evidence: [{ text, source: 'event' }] })).not.toContain('abcdefghij');
  });
});
