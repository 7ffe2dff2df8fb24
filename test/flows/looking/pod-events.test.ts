import { describe, expect, it } from '@jest/globals';
import { ClusterError } from '../../../shared/domain/errors.ts';
import type { PodNote, Read } from '../../../shared/ports/cluster.ts';
import { addFailing, notFoundText } from '../kube-objects.ts';
import { type LookStage, openStage, START } from '../look-stage.ts';

const IMAGE = 'ghcr.io/acme/web:gone';

/** A stage whose cluster takes events, and shows them to the next look. */
function openNoting(
  answer: (note: PodNote) => Read<undefined> | Promise<never> = () => ({ ok: true, value: undefined }),
) {
  const stage = openStage();
  const notes: PodNote[] = [];
  const logged: string[] = [];
  const noter = {
    async note(note: PodNote) {
      const answered = await answer(note);
      notes.push(note);
      if (!answered.ok) return answered;
      const { namespace, name, pod, reason, message, count, at } = note;
      stage.cluster.events = [
        ...stage.cluster.events.filter(({ metadata }) => metadata?.name !== name),
        {
          apiVersion: 'v1',
          kind: 'Event',
          metadata: { name, namespace },
          involvedObject: { kind: 'Pod', namespace, ...pod },
          reason,
          message,
          count,
          lastTimestamp: new Date(at).toISOString(),
        },
      ];
      return answered;
    },
  };
  Object.assign(stage.deps.clusters, { noter: async () => noter });
  Object.assign(stage.deps.log, { warn: (message: string) => logged.push(message) });
  return { stage, notes, logged };
}

function breakShop(stage: LookStage) {
  addFailing(stage.cluster, { namespace: 'shop', name: 'web', image: IMAGE, at: START }, notFoundText(IMAGE));
}

describe('a look says its diagnosis on the pod', () => {
  it('once in 10 minutes, counted up', async () => {
    const { stage, notes } = openNoting();
    breakShop(stage);
    for (let second = 0; second <= 1_200; second += 60) {
      await stage.look('shop');
      stage.advance(60);
    }
    expect(notes.map(({ count }) => count)).toEqual([1, 2, 3]);
    expect(new Set(notes.map(({ name }) => name)).size).toBe(1);
    expect(notes[0]?.message).toContain('tag gone does not exist');
  });

  it('and does not take its own event for a word of the kubelet', async () => {
    const { stage } = openNoting();
    breakShop(stage);
    await stage.look('shop');
    const [before] = await stage.incidents('shop');
    stage.advance(10);
    await stage.look('shop');
    const [after] = await stage.incidents('shop');
    expect(after?.incident.revision).toBe(before?.incident.revision);
    expect(after?.slices[0]?.members[0]?.tries).toBe(before?.slices[0]?.members[0]?.tries);
  });

  it('not at all where the configuration says so', async () => {
    const { stage, notes } = openNoting();
    Object.assign(stage.deps.config, { events: false });
    breakShop(stage);
    await stage.look('shop');
    expect(notes).toEqual([]);
  });

  it('and without the permission says that once, and the look succeeds', async () => {
    const gap = { what: 'events in shop could not be written', why: '403', command: 'kubectl create role …' };
    const { stage, logged } = openNoting(() => ({ ok: false, gap }));
    breakShop(stage);
    await stage.look('shop');
    stage.advance(10);
    await stage.look('shop');
    expect(logged).toEqual(['events may not be written']);
    expect(stage.counted).toContain('PodEventsRefused');
    expect(await stage.incidents('shop')).toHaveLength(1);
  });

  it.each([
    { what: 'an API server that fails', error: new ClusterError('create', 'events', 500) },
    { what: 'a bug', error: new TypeError('x is not a function') },
  ])('and survives $what', async ({ error }) => {
    const { stage, logged } = openNoting(() => Promise.reject(error));
    breakShop(stage);
    await stage.look('shop');
    expect(logged).toEqual(['an event was not written']);
    expect(await stage.incidents('shop')).toHaveLength(1);
  });

  it('and survives a cluster that cannot be opened for it', async () => {
    const { stage } = openNoting();
    Object.assign(stage.deps.clusters, { noter: () => Promise.reject(new ClusterError('open', 'prod', undefined)) });
    breakShop(stage);
    await stage.look('shop');
    expect(stage.counted).toContain('BesideFailures');
    expect(await stage.incidents('shop')).toHaveLength(1);
  });
});
