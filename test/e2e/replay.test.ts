import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { V1Pod } from '@kubernetes/client-node';
import { until } from '../support/until.ts';
import { post } from './alerts.ts';
import { type Embedded, settle, startEmbedded } from './embedded.ts';
import { createEvents, createRecordedPod, type RecordedEvent, setStatus, setWaiting } from './recorded.ts';
import { createNamespace } from './workloads.ts';

jest.setTimeout(300_000);

/** Recorded beside the checkout; what is not there cannot be replayed. */
const CAPTURES = join(import.meta.dirname, '..', '..', '..', 'shared', 'captures');
if (!existsSync(CAPTURES)) console.warn('SKIPPED: the recorded notifications are not beside this checkout');
const withCaptures = existsSync(CAPTURES) ? describe : describe.skip;

function readRecorded<Value>(namespace: string, file: string): Value {
  return JSON.parse(readFileSync(join(CAPTURES, 'containerd-2.4.2', namespace, file), 'utf8')) as Value;
}

interface RecordedNotification {
  readonly status: 'firing' | 'resolved';
  readonly alerts: readonly { readonly labels: Readonly<Record<string, string>> }[];
}

/** The cluster's name is ours; everything else stays as it was sent. */
function adapted(text: string): RecordedNotification {
  return JSON.parse(
    text
      .replaceAll('"cluster":"testbed"', '"cluster":"prod-eu"')
      .replaceAll('"cluster": "testbed"', '"cluster": "prod-eu"'),
  ) as RecordedNotification;
}

/** Every pod that the notifications name, by namespace. */
function podsOf(
  notifications: readonly RecordedNotification[],
): readonly { namespace: string; pod: string; containers: readonly string[] }[] {
  const all = notifications.flatMap(({ alerts }) => alerts.map(({ labels }) => labels));
  const keys = [...new Set(all.map(({ namespace, pod }) => `${namespace}/${pod}`))];
  return keys.map((key) => {
    const [namespace = '', pod = ''] = key.split('/');
    const containers = all
      .filter((one) => one['namespace'] === namespace && one['pod'] === pod)
      .map(({ container }) => container ?? 'app');
    return { namespace, pod, containers: [...new Set(containers)] };
  });
}

withCaptures('recorded notifications, against pods that never recover', () => {
  let embedded: Embedded;

  beforeAll(async () => {
    embedded = await startEmbedded();
  }, 60_000);

  afterAll(async () => embedded?.stop());

  async function openIncidents(namespace: string): Promise<readonly string[]> {
    const { engine, clock } = embedded.stack;
    const found = await engine.store.incidentsIn('prod-eu', namespace, clock.now());
    return found.filter(({ incident }) => incident.endedAt === undefined).map(({ incident }) => incident.id);
  }

  it('answers the flapping eight with one message an incident and no false "resolved"', async () => {
    const folder = join(CAPTURES, 'alertmanager', '0.34-flapping');
    const notifications = readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .sort()
      .map((name) => adapted(readFileSync(join(folder, name), 'utf8')));
    expect(notifications).toHaveLength(8);
    await createNamespace(embedded, 'shop');
    const failing = podsOf(notifications);
    for (const { pod, containers } of failing) {
      const image = `registry.example.com/${pod.split('-')[0]}:gone`;
      await createRecordedPod(
        embedded,
        'shop',
        pod,
        containers.map((name) => ({ name, image })),
      );
      await setWaiting(embedded, 'shop', pod, `failed to resolve image: ${image}: not found`);
    }
    const seen: string[] = [];
    const stop = embedded.stack.slack?.workspace.onChange((change) => {
      if (change.kind === 'message' && change.message.thread_ts === undefined) seen.push(change.message.text);
    });
    for (const [index, body] of notifications.entries()) {
      // The reason flips at each retry, as it does on a node.
      for (const { pod } of failing) {
        const image = `registry.example.com/${pod.split('-')[0]}:gone`;
        const message = `failed to resolve image: ${image}: not found`;
        if (index % 2 === 0)
          await setWaiting(
            embedded,
            'shop',
            pod,
            `Back-off pulling image "${image}": ErrImagePull: ${message}`,
            'ImagePullBackOff',
          );
        else await setWaiting(embedded, 'shop', pod, message);
      }
      expect(await post(embedded, body)).toBe(202);
    }
    await settle(embedded);
    stop?.();
    expect(embedded.messages()).toHaveLength(failing.length);
    expect(seen.filter((text) => text.startsWith('🟢'))).toEqual([]);
  });

  it('answers the 193 of 40 groups with one message an incident', async () => {
    const lines = readFileSync(join(CAPTURES, 'alertmanager', '0.25', 'notifications.jsonl'), 'utf8')
      .trim()
      .split('\n');
    const notifications = lines.map(adapted);
    expect(notifications).toHaveLength(193);
    const failing = podsOf(notifications).filter(({ namespace }) => namespace !== 'shop');
    // Taken before the pods are there: the sweep may tell of the first while the last are being made.
    const before = embedded.messages().length;
    for (const { namespace, pod } of failing) {
      await createNamespace(embedded, namespace);
      const recorded = readRecorded<V1Pod>(namespace, 'pod.json');
      await createRecordedPod(embedded, namespace, pod, recorded.spec?.containers ?? []);
      if (recorded.status) await setStatus(embedded, namespace, pod, recorded.status);
      const { items } = readRecorded<{ readonly items: readonly RecordedEvent[] }>(namespace, 'events.json');
      await createEvents(
        embedded,
        namespace,
        pod,
        items.filter(({ reason }) => reason !== 'Scheduled'),
      );
    }
    const greens: string[] = [];
    const stop = embedded.stack.slack?.workspace.onChange((change) => {
      if (change.kind === 'message' && change.message.text.startsWith('🟢')) greens.push(change.message.text);
    });
    for (const body of notifications) expect(await post(embedded, body)).toBe(202);
    await settle(embedded);
    const incidents = await Promise.all(failing.map(({ namespace }) => openIncidents(namespace)));
    // A healthy one, and one that no look takes for failing, need no message; every other has exactly one incident.
    const several = failing.filter((_, index) => (incidents[index]?.length ?? 0) > 1);
    // Two containers with two causes are two incidents; nothing else is.
    expect(several.map(({ namespace }) => namespace)).toEqual(['two-bad-containers']);
    const open = new Set(incidents.flat());
    expect(open.size).toBeGreaterThan(25);
    const posted = () =>
      embedded
        .messages()
        .slice(before)
        .map(({ metadata }) => String(metadata?.event_payload['id']));
    await until('each open incident has its message', 120, () => [...open].every((id) => posted().includes(id)));
    await settle(embedded);
    stop?.();
    expect(new Set(posted()).size).toBe(posted().length);
    expect(greens).toEqual([]);
  });
});
