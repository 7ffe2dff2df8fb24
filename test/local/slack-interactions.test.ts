import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createInteractions, type Interactions } from '../../infra/local/slack/interactions.ts';
import { createSender } from '../../infra/local/slack/send-signed.ts';
import { isSigned, readClaim } from '../../shared/adapters/slack/verify-signature.ts';
import { Secret } from '../../shared/domain/secret.ts';
import { errorOf, start as startSlack, stopAll } from './slack-bench.ts';

const SECRET = 'signing-secret';
const ALICE = 'U0ALICE00';
const NOW = 1_700_000_000_000;
const apps: Server[] = [];

type Payload = Readonly<Record<string, unknown>> & { readonly actions?: readonly Record<string, unknown>[] };
type Answer = { readonly status?: number; readonly body?: unknown; readonly delayMs?: number };

/** An embedded Slack whose clicks reach an app that answers as the test says. */
async function start(answers: (payload: Payload) => Answer | undefined = () => undefined) {
  const bench = await startSlack();
  const { slack } = bench;
  const payloads: Payload[] = [];
  const unsigned: string[] = [];
  const app = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      const claim = readClaim(request.headers as Record<string, string>, NOW);
      if (!claim.ok || !isSigned(body, claim, new Secret(SECRET))) unsigned.push(body.toString());
      const payload = JSON.parse(new URLSearchParams(body.toString()).get('payload') ?? '') as Payload;
      payloads.push(payload);
      const { status = 200, body: answer, delayMs = 0 } = answers(payload) ?? {};
      setTimeout(() => response.writeHead(status).end(answer === undefined ? '' : JSON.stringify(answer)), delayMs);
    });
  });
  apps.push(app);
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(app.address() as AddressInfo).port}/slack`;
  const interactions = createInteractions({
    workspace: slack.workspace,
    send: createSender({ url, secret: SECRET, clock: { now: () => NOW } }),
    responseUrl: slack.responseUrl,
  });
  return { ...bench, interactions, payloads, unsigned };
}

afterEach(async () => {
  for (const app of apps.splice(0)) {
    app.close();
    app.closeAllConnections();
  }
  await stopAll();
});

const plain = (text: string) => ({ type: 'plain_text' as const, text });
const OPTIONS = ['offer:o2', 'mute:i1'].map((value) => ({ text: plain(value), value }));
const BLOCKS = [
  { type: 'section', text: plain('a message') },
  {
    type: 'actions',
    block_id: 'buttons',
    elements: [
      { type: 'button', action_id: 'offer/1', text: plain('Roll back …'), value: 'o1', style: 'primary' },
      { type: 'overflow', action_id: 'more', options: OPTIONS },
    ],
  },
];

async function posted(bench: Awaited<ReturnType<typeof start>>): Promise<string> {
  const { ts } = await bench.client.chat.postMessage({
    channel: bench.channel,
    text: 'a message',
    blocks: BLOCKS as never,
    metadata: { event_type: 'x', event_payload: { id: 'i1' } },
  });
  return String(ts);
}

function modal(blocks: readonly object[], more: object = {}) {
  return {
    type: 'modal',
    title: plain('Roll back'),
    submit: plain('Roll back'),
    close: plain('Cancel'),
    callback_id: 'remedy',
    private_metadata: '{"planHash":"h"}',
    blocks,
    ...more,
  } as never;
}

const TYPED = {
  type: 'input',
  block_id: 'typed-name',
  label: plain('Type shop/web'),
  element: { type: 'plain_text_input', action_id: 'name' },
};
const CHOICE = {
  type: 'section',
  block_id: 'choice',
  text: plain('Tag'),
  accessory: { type: 'static_select', action_id: 'choice', options: OPTIONS, initial_option: OPTIONS[0] },
};

/** Opens a dialog as the app would, with a trigger of alice's. */
async function opened(bench: Awaited<ReturnType<typeof start>>, view: never): Promise<string> {
  const trigger = bench.slack.workspace.issueTrigger(ALICE);
  return String((await bench.client.views.open({ trigger_id: trigger, view })).view?.id);
}

describe('a press in a message', () => {
  it('sends block_actions as Slack does, signed', async () => {
    const bench = await start();
    const ts = await posted(bench);
    const { channel } = bench;
    expect(await bench.interactions.press({ user: ALICE, channel, ts, actionId: 'offer/1' })).toEqual({ kind: 'done' });
    expect(bench.unsigned).toEqual([]);
    expect(bench.payloads[0]).toMatchObject({
      type: 'block_actions',
      team: { id: 'T0LOCAL0', domain: 'local' },
      user: { id: ALICE, username: 'alice', team_id: 'T0LOCAL0' },
      api_app_id: 'A0PULLMEDIC',
      container: { type: 'message', message_ts: ts, channel_id: channel, is_ephemeral: false },
      channel: { id: channel, name: 'alerts' },
      message: {
        ts,
        text: 'a message',
        metadata: { event_payload: { id: 'i1' } },
        blocks: [{}, { block_id: 'buttons' }],
      },
      state: { values: {} },
      actions: [{ type: 'button', action_id: 'offer/1', block_id: 'buttons', value: 'o1', style: 'primary' }],
    });
    expect(String(bench.payloads[0]?.actions?.[0]?.['action_ts'])).toMatch(/^\d+\.\d{6}$/);
  });

  it('sends the option of an overflow menu', async () => {
    const bench = await start();
    const ts = await posted(bench);
    await bench.interactions.press({ user: ALICE, channel: bench.channel, ts, actionId: 'more', value: 'mute:i1' });
    expect(bench.payloads[0]?.actions).toEqual([
      expect.objectContaining({ type: 'overflow', action_id: 'more', selected_option: OPTIONS[1] }),
    ]);
  });

  it.each([
    { who: 'a guest', user: 'U0GUEST00', team: 'T0LOCAL0' },
    { who: 'somebody of another workspace', user: 'U0STRANGE', team: 'T0OTHER0' },
  ])('of $who names their team', async ({ user, team }) => {
    const bench = await start();
    const ts = await posted(bench);
    await bench.interactions.press({ user, channel: bench.channel, ts, actionId: 'offer/1' });
    expect(bench.payloads[0]).toMatchObject({ team: { id: team }, user: { id: user, team_id: team } });
  });

  it.each([
    { actionId: 'offer/9', value: undefined },
    { actionId: 'more', value: 'not:there' },
  ])('cannot be of $actionId $value, which is not on the screen', async ({ actionId, value }) => {
    const bench = await start();
    const ts = await posted(bench);
    const press = bench.interactions.press({ user: ALICE, channel: bench.channel, ts, actionId, value });
    await expect(press).rejects.toThrow(TypeError);
    expect(bench.payloads).toEqual([]);
  });

  it.each([
    { what: '503', answer: { status: 503 }, text: 'This app responded with Status Code 503.' },
    { what: 'nothing for 3 s', answer: { delayMs: 3_300 }, text: 'This app did not respond within 3 seconds.' },
  ])('warns the person when the app answers $what', async ({ answer, text }) => {
    const bench = await start(() => answer);
    const ts = await posted(bench);
    const outcome = await bench.interactions.press({ user: ALICE, channel: bench.channel, ts, actionId: 'offer/1' });
    expect(outcome).toEqual({ kind: 'warning', text });
  });

  it('gives a response_url that is good five times, and tells the one who clicked alone', async () => {
    const bench = await start();
    const ts = await posted(bench);
    await bench.interactions.press({ user: ALICE, channel: bench.channel, ts, actionId: 'offer/1' });
    const url = String(bench.payloads[0]?.['response_url']);
    const statuses: number[] = [];
    for (let use = 1; use <= 6; use += 1) {
      const response = await fetch(url, { method: 'POST', body: JSON.stringify({ text: `use ${use}` }) });
      statuses.push(response.status);
    }
    expect(statuses).toEqual([200, 200, 200, 200, 200, 404]);
    expect(bench.slack.workspace.ephemerals().map(({ user, text }) => [user, text])).toHaveLength(5);
    expect(bench.slack.workspace.messages(bench.channel)).toHaveLength(1);
  });
});

describe('a dialog', () => {
  it('belongs to whoever clicked, and its submission brings what was typed and chosen', async () => {
    const bench = await start();
    const viewId = await opened(bench, modal([CHOICE, TYPED]));
    expect(await bench.interactions.choose({ user: ALICE, viewId, actionId: 'choice', value: 'mute:i1' })).toEqual({
      kind: 'done',
    });
    await bench.interactions.submit({ user: ALICE, viewId, values: { 'typed-name': 'shop/web' } });
    const [chosen, submitted] = bench.payloads;
    expect(chosen).toMatchObject({
      type: 'block_actions',
      container: { type: 'view', view_id: viewId },
      view: { id: viewId, private_metadata: '{"planHash":"h"}', callback_id: 'remedy' },
      actions: [{ type: 'static_select', action_id: 'choice', selected_option: OPTIONS[1] }],
    });
    expect(submitted).toMatchObject({
      type: 'view_submission',
      user: { id: ALICE },
      view: {
        id: viewId,
        hash: expect.stringMatching(/^\d+\./),
        state: {
          values: {
            choice: { choice: { type: 'static_select', selected_option: OPTIONS[1] } },
            'typed-name': { name: { type: 'plain_text_input', value: 'shop/web' } },
          },
        },
      },
    });
    expect(bench.slack.workspace.views()).toEqual([]);
  });

  it('is not sent while a required input is empty', async () => {
    const bench = await start();
    const viewId = await opened(bench, modal([TYPED]));
    expect(await bench.interactions.submit({ user: ALICE, viewId, values: {} })).toEqual({
      kind: 'errors',
      errors: { 'typed-name': 'Please complete this required field.' },
    });
    expect(bench.payloads).toEqual([]);
  });

  const errors = { 'typed-name': 'That is not its name.' };
  it.each([
    { what: 'nothing', answer: {}, kind: 'done', isOpen: false },
    { what: 'clear', answer: { body: { response_action: 'clear' } }, kind: 'done', isOpen: false },
    {
      what: 'errors at an input',
      answer: { body: { response_action: 'errors', errors } },
      kind: 'errors',
      isOpen: true,
    },
    {
      what: 'errors at a block that is no input',
      answer: { body: { response_action: 'errors', errors: { nowhere: 'x' } } },
      kind: 'warning',
      isOpen: true,
    },
    {
      what: 'an update',
      answer: { body: { response_action: 'update', view: modal([], { title: plain('Working…') }) } },
      kind: 'done',
      isOpen: true,
    },
    {
      what: 'an update that Slack does not take',
      answer: { body: { response_action: 'update', view: { type: 'modal' } } },
      kind: 'warning',
      isOpen: true,
    },
    { what: 'something that is no object', answer: { body: '<html>' }, kind: 'warning', isOpen: true },
    { what: '500', answer: { status: 500 }, kind: 'warning', isOpen: true },
  ])('whose submission is answered with $what → $kind', async ({ answer, kind, isOpen }) => {
    const bench = await start(({ type }) => (type === 'view_submission' ? answer : undefined));
    const viewId = await opened(bench, modal([TYPED]));
    const outcome = await bench.interactions.submit({ user: ALICE, viewId, values: { 'typed-name': 'x' } });
    expect(outcome.kind).toBe(kind);
    expect(bench.slack.workspace.views()).toHaveLength(isOpen ? 1 : 0);
  });

  it('that was closed cannot be updated or submitted any more', async () => {
    const bench = await start();
    const viewId = await opened(bench, modal([TYPED]));
    expect(await bench.interactions.close({ user: ALICE, viewId })).toEqual({ kind: 'done' });
    expect(bench.payloads).toEqual([]);
    expect(await errorOf(bench.client.views.update({ view_id: viewId, view: modal([TYPED]) }))).toBe('not_found');
    await expect(bench.interactions.submit({ user: ALICE, viewId, values: {} })).rejects.toThrow(TypeError);
  });

  it('tells of its end where it asked for that', async () => {
    const bench = await start();
    const viewId = await opened(bench, modal([TYPED], { notify_on_close: true }));
    await bench.interactions.close({ user: ALICE, viewId });
    expect(bench.payloads).toMatchObject([{ type: 'view_closed', view: { id: viewId }, is_cleared: false }]);
  });

  it('keeps what was typed when it is updated, where the input stays', async () => {
    const bench = await start();
    const viewId = await opened(bench, modal([CHOICE, TYPED]));
    await bench.interactions.choose({ user: ALICE, viewId, actionId: 'choice', value: 'mute:i1' });
    const updated = await bench.client.views.update({ view_id: viewId, view: modal([CHOICE]) });
    expect(updated.view?.state).toEqual({
      values: { choice: { choice: { type: 'static_select', selected_option: OPTIONS[1] } } },
    });
  });

  it('is not somebody else’s to submit', async () => {
    const bench = await start();
    const viewId = await opened(bench, modal([TYPED]));
    const submit = (interactions: Interactions) => interactions.submit({ user: 'U0BOB0000', viewId, values: {} });
    await expect(submit(bench.interactions)).rejects.toThrow(TypeError);
  });
});

describe('people', () => {
  it.each([
    { user: ALICE, team: 'T0LOCAL0', isGuest: false },
    { user: 'U0GUEST00', team: 'T0LOCAL0', isGuest: true },
    { user: 'U0STRANGE', team: 'T0OTHER0', isGuest: false },
    { user: 'U0ANYBODY', team: 'T0LOCAL0', isGuest: false },
  ])('$user is of $team, a guest: $isGuest', async ({ user, team, isGuest }) => {
    const { client } = await start();
    const info = await client.users.info({ user });
    expect(info.user).toMatchObject({ team_id: team, is_restricted: isGuest, is_ultra_restricted: false });
  });

  it('are members of user groups; what is no id is nobody’s', async () => {
    const { client } = await start();
    expect((await client.usergroups.users.list({ usergroup: 'S0ONCALL0' })).users).toEqual([ALICE]);
    expect(await errorOf(client.usergroups.users.list({ usergroup: 'S0NOTHING' }))).toBe('no_such_subteam');
    expect(await errorOf(client.users.info({ user: 'nobody' }))).toBe('user_not_found');
  });

  it('see words for them alone, which no history has', async () => {
    const { client, channel, slack } = await start();
    await client.chat.postEphemeral({ channel, user: ALICE, text: 'for alice' });
    expect(slack.workspace.ephemerals()).toMatchObject([{ user: ALICE, channel, text: 'for alice' }]);
    expect((await client.conversations.history({ channel })).messages).toEqual([]);
    expect(await errorOf(client.chat.postEphemeral({ channel, user: 'nobody', text: 'x' }))).toBe(
      'user_not_in_channel',
    );
  });
});
