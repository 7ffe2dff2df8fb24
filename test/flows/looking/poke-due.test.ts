import { describe, expect, it } from '@jest/globals';
import { addFailing, notFoundText } from '../kube-objects.ts';
import { type LookStage, openStage, START } from '../look-stage.ts';

const IMAGE = 'ghcr.io/acme/shop:v9';

async function openTold(): Promise<{ readonly stage: LookStage; readonly id: string }> {
  const stage = openStage();
  addFailing(stage.cluster, { namespace: 'shop', name: 'app', image: IMAGE, at: START }, notFoundText(IMAGE));
  await stage.look('shop');
  const [loaded] = await stage.incidents('shop');
  return { stage, id: loaded?.incident.id ?? '' };
}

/** What the publisher does at the end of a run. */
async function settle(stage: LookStage, id: string, nextAt: number | undefined): Promise<void> {
  const poke = await stage.deps.store.poke(id);
  expect(await stage.deps.store.settlePoke(id, poke?.version ?? 0, nextAt)).toBe('done');
  stage.sent.length = 0;
}

describe('a look at a namespace whose incident waits to be told', () => {
  it('pokes when its time has come, although nothing changed: the sweeper may be a minute away', async () => {
    const { stage, id } = await openTold();
    await settle(stage, id, START + 60_000);
    stage.advance(50);
    await stage.look('shop');
    expect(stage.sent).toEqual([]);
    stage.advance(12);
    await stage.look('shop');
    expect(stage.sent.map(({ job }) => job)).toEqual([{ kind: 'poke', incidentId: id }]);
  });

  it('pokes nothing that the publisher is done with', async () => {
    const { stage, id } = await openTold();
    await settle(stage, id, undefined);
    stage.advance(300);
    await stage.look('shop');
    expect(stage.sent).toEqual([]);
  });

  it('leaves incidents of other namespaces to their own looks', async () => {
    const { stage, id } = await openTold();
    await settle(stage, id, START + 1_000);
    stage.advance(60);
    await stage.look('elsewhere');
    expect(stage.sent).toEqual([]);
  });

  it('does not send a poke twice that the look itself has just sent', async () => {
    const { stage } = await openTold();
    expect(stage.sent).toHaveLength(1);
  });
});
