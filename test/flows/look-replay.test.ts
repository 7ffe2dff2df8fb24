import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parseNotification } from '../../shared/alertmanager/schema.ts';
import { toHints } from '../../shared/alertmanager/to-hints.ts';
import type { Pod } from '../../shared/domain/kubernetes.ts';
import { type Capture, listCaptures, readEvents, readOwners, readPod } from '../support/captures.ts';
import { failingPod, notFoundText, pullEvents } from './kube-objects.ts';
import { type LookStage, membersOf, openStage } from './look-stage.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const RECORDED = join(ROOT, '..', 'shared', 'captures', 'alertmanager', '0.25', 'notifications.jsonl');
const FLAPPING = join(ROOT, 'events', 'alertmanager', '0.34-flapping');
const RUNTIME = 'containerd-2.4.2';
/** One recorded state of the pod on which these notifications were sent, flipping as the kubelet flips it. */
const STATES = Map.groupBy(
  listCaptures().filter(({ runtime, expected }) => runtime === RUNTIME && expected.length > 0),
  ({ name }) => name,
);

const describeRecorded = existsSync(RECORDED) ? describe : describe.skip;
if (!existsSync(RECORDED)) console.warn(`SKIPPED: the recorded notifications are not at ${RECORDED}`);

/** Hands a webhook body to the looks that it asks for, as alert-webhook and the queue would. */
async function receive(stage: LookStage, body: string): Promise<number> {
  const parsed = parseNotification(body);
  if (!parsed.ok) throw new Error('a recorded notification does not parse');
  const { scopes } = toHints(parsed.value, {
    config: {
      ...stage.deps.config,
      alerts: {
        names: ['KubePodImagePullBackOff'],
        clusterLabel: 'cluster',
        tokens: [],
        watchdog: { name: 'Watchdog', silentAfterMinutes: 15 },
      },
    },
    pathCluster: 'prod',
    allowedClusters: undefined,
  });
  for (const { scope, alerts, alertCount, isClusterAssumed } of scopes) {
    await stage.lookAt(scope, { alerts, alertCount, isClusterAssumed });
  }
  return scopes.length;
}

function placePod(stage: LookStage, capture: Capture): Pod {
  const pod = readPod(capture);
  const namespace = pod.metadata?.namespace;
  const isElsewhere = ({ metadata }: { readonly metadata?: Pod['metadata'] }) => metadata?.namespace !== namespace;
  stage.cluster.pods = [...stage.cluster.pods.filter(isElsewhere), pod];
  return pod;
}

describeRecorded('193 recorded notifications against the pods that they were sent for', () => {
  it('make one incident a cause and subject, and no end while the pods fail, whatever "resolved" says', async () => {
    const stage = openStage();
    for (const captures of STATES.values()) {
      const [capture] = captures;
      if (capture === undefined) continue;
      placePod(stage, capture);
      stage.cluster.events.push(...readEvents(capture));
      stage.cluster.workloads.push(...readOwners(capture));
    }
    const namespaces = new Set(stage.cluster.pods.map(({ metadata }) => metadata?.namespace ?? ''));

    const bodies = readFileSync(RECORDED, 'utf8').trim().split('\n');
    expect(bodies).toHaveLength(193);
    let resolved = 0;
    for (const [n, body] of bodies.entries()) {
      if (body.includes('"status": "resolved"')) resolved += 1;
      // Each notification meets its pod in another of its recorded states.
      const name = /"namespace": "([^"]+)"/.exec(body)?.[1] ?? '';
      const states = STATES.get(name) ?? [];
      const state = states[n % Math.max(states.length, 1)];
      if (state !== undefined) placePod(stage, state);
      stage.advance(5);
      await receive(stage, body);
      for (const { incident } of await stage.incidents(name)) expect(incident.endedAt).toBeUndefined();
    }
    expect(resolved).toBeGreaterThan(50);

    const found = await stage.incidents(...namespaces);
    const slots = found.map(({ incident }) => incident.slot);
    expect(new Set(slots).size).toBe(slots.length);
    expect(found.map(({ incident }) => incident.state)).toEqual(found.map(() => 'open'));
    // Every member is in exactly one incident, and each namespace that was alerted has one.
    const keys = found.flatMap((loaded) => membersOf(loaded).map(({ key }) => key));
    expect(new Set(keys).size).toBe(keys.length);
    const seen = new Set(found.flatMap(({ slices }) => slices.map(({ namespace }) => namespace)));
    const alerted = new Set(bodies.map((body) => /"namespace": "([^"]+)"/.exec(body)?.[1] ?? ''));
    expect([...alerted].filter((name) => STATES.has(name) && !seen.has(name))).toEqual([]);
    // An incident is published when it changes, not for each of five notifications a pod.
    expect(stage.news()).toBeLessThan(2 * found.length + 20);
  });
});

describe('eight recorded notifications of an Alertmanager that flaps', () => {
  it('make one incident that never ends, while its two pods fail', async () => {
    const stage = openStage();
    const files = readdirSync(FLAPPING).filter((file) => file.endsWith('.json'));
    expect(files).toHaveLength(8);
    const bodies = files.sort().map((file) => readFileSync(join(FLAPPING, file), 'utf8'));
    const pods = new Map(
      bodies
        .flatMap((body) => (JSON.parse(body) as { alerts: { labels: Record<string, string> }[] }).alerts)
        .map(({ labels }) => [`${labels['namespace']}/${labels['pod']}`, labels]),
    );
    const image = 'ghcr.io/acme/web:gone';
    for (const labels of pods.values()) {
      const { namespace = '', pod: name = '', container = 'app' } = labels;
      const pod = failingPod({ namespace, name, container, image, at: stage.now() }, notFoundText(image));
      stage.cluster.pods.push(pod);
      stage.cluster.events.push(...pullEvents(pod, notFoundText(image), stage.now()));
    }
    for (const body of bodies) {
      stage.advance(8);
      await receive(stage, body);
    }
    const found = await stage.incidents(...new Set([...pods.values()].map(({ namespace = '' }) => namespace)));
    expect(found.map(({ incident }) => incident.state)).toEqual(['open']);
    expect(found[0]?.incident.notes.filter(({ kind }) => kind === 'recovered' || kind === 'reopened')).toEqual([]);
  });
});
