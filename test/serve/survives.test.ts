import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '../support/until.ts';
import { createFailingPod, postAlert, repairPod, startWorld, type World } from './world.ts';

describe('pullmedic serve, killed with kill -9', () => {
  let world: World;
  beforeEach(async () => {
    world = await startWorld();
  });
  afterEach(() => world.stop());

  it('edits the old message after the restart, and posts no second one', async () => {
    const first = world.spawn();
    const { url } = await first.ready();
    await createFailingPod(world, 'shop');
    expect(await postAlert(url, 'shop', 'web')).toBe(202);
    const posted = await until('the message', 30, () => world.messages()[0]);
    expect(posted.text).toMatch(/^🟠 .*shop\/web/u);

    first.child.kill('SIGKILL');
    expect(await first.ended).toEqual({ status: null, signal: 'SIGKILL' });
    await repairPod(world, 'shop');
    expect(world.messages().map(({ ts, text }) => ({ ts, text }))).toEqual([{ ts: posted.ts, text: posted.text }]);

    await world.spawn().ready();
    await until('the edit', 90, () => world.messages().some(({ text }) => text.startsWith('🟢')));
    expect(world.messages().map(({ ts }) => ts)).toEqual([posted.ts]);
  }, 180_000);

  it('adopts a message whose answer it did not live to see', async () => {
    const first = world.spawn();
    const { url } = await first.ready();
    await createFailingPod(world, 'shop');
    // The message stands in Slack, and its answer was not sent yet.
    world.slack.workspace.onChange((change) => {
      if (change.kind === 'message') first.child.kill('SIGKILL');
    });
    expect(await postAlert(url, 'shop', 'web')).toBe(202);
    await first.ended;
    expect(world.messages()).toHaveLength(1);
    const [posted] = world.messages();
    await repairPod(world, 'shop');

    await world.spawn().ready();
    await until('the edit', 90, () => world.messages().some(({ text }) => text.startsWith('🟢')));
    expect(world.messages().map(({ ts }) => ts)).toEqual([posted?.ts]);
  }, 180_000);
});
