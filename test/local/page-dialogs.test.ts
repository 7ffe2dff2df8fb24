import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { type Console, startConsole } from '../../infra/local/console/console.ts';
import type { Json } from '../../infra/local/slack/elements.ts';
import { type LocalSlack, startSlack } from '../../infra/local/slack/server.ts';
import { CHROMIUM, openBrowser } from '../support/chromium.ts';

const LOG = { debug() {}, info() {}, warn() {}, error() {} };
const TOKEN = 'xoxb-test';
if (CHROMIUM === undefined) console.warn('SKIPPED: buttons and dialogs in a browser: no Chromium on this machine');
const withBrowser = CHROMIUM === undefined ? describe.skip : describe;

const plain = (text: string) => ({ type: 'plain_text', text });
const TAGS = ['v1.2.2', 'v1.2.3'].map((value) => ({ text: plain(value), value }));
const BUTTONS = {
  type: 'actions',
  elements: [
    { type: 'button', action_id: 'offer/1', text: plain('Roll back to v1.2.2 …'), value: 'o1', style: 'primary' },
    { type: 'button', action_id: 'take', text: plain('I’m on it'), value: 'i1' },
    {
      type: 'overflow',
      action_id: 'more',
      options: [
        { text: plain('Mute'), value: 'mute:i1' },
        { text: plain('Not it'), value: 'not-it:i1' },
      ],
    },
  ],
};

function dialog(title: string, blocks: readonly Json[], submit?: string): Json {
  return {
    type: 'modal',
    title: plain(title),
    ...(submit === undefined ? {} : { submit: plain(submit) }),
    close: plain('Cancel'),
    callback_id: 'remedy',
    blocks,
  };
}

const PLAN = dialog(
  'Roll back',
  [
    { type: 'section', text: { type: 'mrkdwn', text: '```- image: app:v1.2.33\n+ image: app:v1.2.2```' } },
    {
      type: 'section',
      block_id: 'choice',
      text: plain('Tag'),
      accessory: { type: 'static_select', action_id: 'choice', options: TAGS, initial_option: TAGS[0] },
    },
    {
      type: 'input',
      block_id: 'typed-name',
      label: plain('Type shop/web to confirm'),
      element: { type: 'plain_text_input', action_id: 'name' },
    },
  ],
  'Roll back',
);
const WORKING = dialog('Working…', [{ type: 'section', text: plain('Rolling back.') }]);

withBrowser('buttons and dialogs in a browser', () => {
  let slack: LocalSlack;
  let server: Console;
  let browser: Awaited<ReturnType<typeof openBrowser>>;
  let page: Page;
  let ts = '';
  let status = 200;
  const seen: Json[] = [];
  const problems: string[] = [];

  /** What the app answers: opens "Checking…" for the button, takes the right name only. */
  async function app(payload: Json): Promise<Json | undefined> {
    seen.push(payload);
    if (payload['type'] === 'view_submission') {
      const { state } = payload['view'] as { state: { values: Record<string, Record<string, { value: string }>> } };
      if (state.values['typed-name']?.['name']?.value === 'shop/web')
        return { response_action: 'update', view: WORKING };
      return { response_action: 'errors', errors: { 'typed-name': 'That is not its name.' } };
    }
    const [action] = payload['actions'] as readonly Json[];
    if (action?.['action_id'] === 'offer/1') {
      const view = dialog('Checking…', []);
      await call('views.open', { trigger_id: payload['trigger_id'], view });
    }
    return undefined;
  }

  async function call(method: string, args: Json): Promise<Json> {
    const response = await fetch(`${slack.apiUrl}${method}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify(args),
    });
    return (await response.json()) as Json;
  }

  beforeAll(async () => {
    const clock = { now: () => Date.now() };
    slack = await startSlack({ clock, token: TOKEN, channels: ['incidents'], postBurst: 100 });
    server = await startConsole({
      port: 0,
      clock,
      log: LOG,
      async route(request, response) {
        if (request.url !== '/slack') return false;
        const chunks: Buffer[] = [];
        for await (const chunk of request) chunks.push(chunk as Buffer);
        const form = new URLSearchParams(Buffer.concat(chunks).toString());
        const answer = await app(JSON.parse(form.get('payload') ?? '') as Json);
        response.writeHead(status).end(answer === undefined ? '' : JSON.stringify(answer));
        return true;
      },
      slack,
      slackSigningSecret: 's',
      listPods: async () => [],
      tries: [],
      advanceClock: () => 0,
    });
    browser = await openBrowser({ executablePath: CHROMIUM ?? '', viewport: { width: 390, height: 844 } });
    page = await browser.context.newPage();
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
    const blocks = [{ type: 'section', text: plain('tag v1.2.33 does not exist') }, BUTTONS];
    const posted = await call('chat.postMessage', { channel: 'incidents', text: '🟠 rollout stuck', blocks });
    ts = String(posted['ts']);
    await page.goto(server.url);
    await page.locator(`[data-ts="${ts}"]`).waitFor();
  }, 60_000);

  beforeEach(() => {
    seen.length = 0;
  });

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    await slack?.stop();
  });

  const modal = () => page.getByRole('dialog');
  const openView = () => slack.workspace.views()[0];

  it('opens the dialog of whoever presses, by keyboard, and shows each update of it', async () => {
    await page.getByRole('button', { name: 'Roll back to v1.2.2 …' }).focus();
    await page.keyboard.press('Enter');
    await modal().getByRole('heading', { name: 'Checking…' }).waitFor();
    expect(openView()?.user).toBe('U0ALICE00');
    await call('views.update', { view_id: openView()?.id, view: PLAN });
    await modal().getByRole('heading', { name: 'Roll back' }).waitFor();
    expect(await modal().locator('pre').textContent()).toBe('- image: app:v1.2.33\n+ image: app:v1.2.2');
    const { width, scroll } = await page.evaluate<{ width: number; scroll: number }>(
      '({ width: document.documentElement.clientWidth, scroll: document.documentElement.scrollWidth })',
    );
    expect(scroll).toBeLessThanOrEqual(width);
  });

  it('says at the input what is missing or wrong, and keeps the dialog', async () => {
    await modal().getByRole('button', { name: 'Roll back' }).click();
    await modal().getByText('Please complete this required field.').waitFor();
    expect(seen).toEqual([]);
    await modal().getByLabel('Type shop/web to confirm').fill('shop/wab');
    await page.keyboard.press('Enter');
    await modal().getByText('That is not its name.').waitFor();
    expect(await modal().locator('[aria-invalid]').count()).toBe(1);
  });

  it('tells the app what was chosen, and keeps what was typed when the dialog changes', async () => {
    await modal().getByLabel('Tag').selectOption('v1.2.3');
    expect(await waitForSeen(1)).toMatchObject([
      { actions: [{ action_id: 'choice', selected_option: { value: 'v1.2.3' } }] },
    ]);
    await modal().getByLabel('Type shop/web to confirm').fill('shop/web');
    await call('views.update', { view_id: openView()?.id, view: { ...PLAN, title: plain('Roll back!') } });
    await modal().getByRole('heading', { name: 'Roll back!' }).waitFor();
    expect(await modal().getByLabel('Type shop/web to confirm').inputValue()).toBe('shop/web');
    expect(await modal().getByLabel('Tag').inputValue()).toBe('v1.2.3');
  });

  it('submits, and shows what the app answers; Escape closes it, and the focus goes back', async () => {
    await modal().getByRole('button', { name: 'Roll back' }).click();
    await modal().getByRole('heading', { name: 'Working…' }).waitFor();
    await page.keyboard.press('Escape');
    await modal().waitFor({ state: 'hidden' });
    expect(slack.workspace.views()).toEqual([]);
    expect(await page.evaluate<string>('document.activeElement.textContent')).toBe('Roll back to v1.2.2 …');
  });

  it('sends an option of the menu, by keyboard, as whoever is chosen', async () => {
    await page.getByLabel('Press as').selectOption({ label: 'guest' });
    await page.getByLabel('More actions').focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await expect(waitForSeen(1)).resolves.toMatchObject([
      { user: { id: 'U0GUEST00' }, actions: [{ type: 'overflow', selected_option: { value: 'not-it:i1' } }] },
    ]);
  });

  it('shows words for one person to that person alone', async () => {
    await call('chat.postEphemeral', { channel: 'incidents', user: 'U0GUEST00', text: 'Guests may not.' });
    await page.getByText('Guests may not.').waitFor();
    await page.getByText('Only visible to you').waitFor();
    await page.getByLabel('Press as').selectOption({ label: 'alice' });
    await page.getByText('Guests may not.').waitFor({ state: 'detached' });
  });

  it('warns beside the button when the app does not take it', async () => {
    status = 503;
    await page.getByRole('button', { name: 'I’m on it' }).click();
    await page.getByText('This app responded with Status Code 503.').waitFor();
    status = 200;
    await page.getByRole('button', { name: 'I’m on it' }).click();
    await page.getByText('This app responded with Status Code 503.').waitFor({ state: 'detached' });
  });

  it('runs without an error of its own', () => {
    expect(problems).toEqual([]);
  });

  async function waitForSeen(count: number): Promise<readonly Json[]> {
    for (let tries = 0; tries < 100 && seen.length < count; tries += 1) await page.waitForTimeout(20);
    return seen;
  }
});
