import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { notification, podAlert, post } from './alerts.ts';
import { type Embedded, settle, startEmbedded } from './embedded.ts';
import { createNamespace, createPod, setPodImage, untilFailing, untilRunning } from './workloads.ts';

jest.setTimeout(300_000);

/** One repository a test: the same missing tag in two namespaces is one incident. */
const good = (name: string) => `registry.example.com/${name}:v1`;
const bad = (name: string) => `registry.example.com/${name}:v1-no-such-tag`;

describe('a notification becomes one message that is kept true', () => {
  let embedded: Embedded;

  beforeAll(async () => {
    embedded = await startEmbedded();
    for (const name of ['quiet', 'told']) embedded.stack.registry.addImage(good(name));
  }, 60_000);

  afterAll(async () => embedded?.stop());

  it.each([
    { name: 'quiet', how: 'without a `resolved`', saysResolved: false },
    { name: 'told', how: 'with a `resolved`', saysResolved: true },
  ])('names the cause within 5 s, and says when it is repaired, $how', async ({ name, saysResolved }) => {
    await createNamespace(embedded, name);
    await createPod(embedded, name, 'web', bad(name));
    await untilFailing(embedded, name);

    const body = notification([podAlert(name, 'web')]);
    expect(await post(embedded, body)).toBe(202);
    const message = await embedded.untilMessage(`${name}/web`, 5);
    expect(message.text).toContain('tag v1-no-such-tag does not exist');
    await settle(embedded);
    const before = embedded.about(`${name}/web`);

    expect(await post(embedded, body)).toBe(202);
    await settle(embedded);
    expect(embedded.about(`${name}/web`).map(({ ts, text }) => [ts, text])).toEqual(
      before.map(({ ts, text }) => [ts, text]),
    );

    await setPodImage(embedded, name, 'web', good(name));
    await untilRunning(embedded, name);
    if (saysResolved) await post(embedded, notification([podAlert(name, 'web', 'resolved')]));
    const green = await embedded.untilMessage(`${name}/web`, 90, /^🟢/u);
    expect(green.ts).toBe(message.ts);
    expect(embedded.about(`${name}/web`)).toHaveLength(1);
    expect(embedded.replies(message.ts).filter(({ isBroadcast }) => isBroadcast)).toEqual([]);
  });

  it('does not believe `resolved` while the pod still fails', async () => {
    // The registry is asked too: only of a repository that it has is a tag what is missing.
    embedded.stack.registry.addImage('registry.example.com/flips:v1');
    await createNamespace(embedded, 'flips');
    await createPod(embedded, 'flips', 'web', bad('flips'));
    await untilFailing(embedded, 'flips');
    await post(embedded, notification([podAlert('flips', 'web')]));
    const message = await embedded.untilMessage('flips/web', 5);
    await post(embedded, notification([podAlert('flips', 'web', 'resolved')]));
    await settle(embedded);
    const after = embedded.about('flips/web');
    expect(after).toHaveLength(1);
    expect(after[0]?.ts).toBe(message.ts);
    expect(after[0]?.text).not.toMatch(/^🟢/);
    expect(after[0]?.text).toContain('tag v1-no-such-tag does not exist');
  });

  it('posts nothing of a failure that may heal before its grace, and nothing at all when it healed', async () => {
    embedded.stack.registry.addImage('ghcr.io/acme/web:v1');
    embedded.stack.registry.setAnswerFault('ghcr.io', 'unavailable');
    await createNamespace(embedded, 'heals');
    await createPod(embedded, 'heals', 'web', 'ghcr.io/acme/web:v1');
    await untilFailing(embedded, 'heals');
    await post(embedded, notification([podAlert('heals', 'web')]));
    await settle(embedded);
    expect(embedded.about('heals/web')).toEqual([]);
    embedded.stack.registry.setAnswerFault('ghcr.io', undefined);
    await untilRunning(embedded, 'heals');
    await settle(embedded);
    expect(embedded.about('heals/web')).toEqual([]);
  });
});
