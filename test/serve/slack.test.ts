import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { signedForm } from '../../infra/local/slack/send-signed.ts';
import { until } from '../support/until.ts';
import { createFailingPod, postAlert, startWorld, type World } from './world.ts';

const SIGNING_SECRET = 'signing-secret-of-the-test';
const ALICE = 'U0ALICE00';
const WALL = { now: () => Date.now() };

describe('pullmedic serve without any policy', () => {
  let world: World;
  let url: string;
  beforeAll(async () => {
    world = await startWorld('  signingSecret: env:SIGNING_SECRET');
    ({ url } = await world.spawn(undefined, { SIGNING_SECRET }).ready());
    await createFailingPod(world, 'shop');
    expect(await postAlert(url, 'shop', 'shop')).toBe(202);
    await until('the message', 30, () => world.messages()[0]);
  }, 60_000);
  afterAll(() => world.stop());

  async function post(payload: object, secret = SIGNING_SECRET) {
    const { headers, body } = signedForm(payload as never, secret, WALL);
    const response = await fetch(`${url}slack`, { method: 'POST', headers, body: new Uint8Array(body) });
    return { status: response.status, text: await response.text() };
  }
  function click(action: object) {
    const [message] = world.messages();
    return {
      type: 'block_actions',
      user: { id: ALICE, team_id: 'T0LOCAL0' },
      channel: { id: message?.channel },
      message: { ts: message?.ts },
      trigger_id: world.slack.workspace.issueTrigger(ALICE),
      actions: [{ action_ts: String(Date.now() / 1_000), ...action }],
    };
  }
  const element = (id: string) => {
    const elements = world
      .messages()[0]
      ?.blocks.flatMap((block) => (block['elements'] ?? []) as { action_id?: string; value?: string }[]);
    return elements?.find(({ action_id: action }) => action === id);
  };

  it('has no button that acts, and takes `I’m on it`', async () => {
    const take = element('take');
    expect(JSON.stringify(world.messages()[0]?.blocks)).not.toContain('"offer/');
    expect(await post(click({ action_id: 'take', value: take?.value }))).toEqual({ status: 200, text: '' });
    await until('the edit', 20, () => JSON.stringify(world.messages()[0]?.blocks).includes('alice'));
  }, 30_000);

  it('tells whoever presses what is not known that nothing was done', async () => {
    await post(click({ action_id: 'offer/1', value: 'of-another-time' }));
    const [dialog] = world.slack.workspace.views().slice(-1);
    expect(JSON.stringify(dialog)).toMatch(/not known here/);
  });

  it('takes nothing that Slack did not sign', async () => {
    const { status, text } = await post(click({ action_id: 'take', value: 'x' }), 'guessed');
    expect(status).toBe(401);
    expect(text).toMatch(/signing secret/);
  });
});
