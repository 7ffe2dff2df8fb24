import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { type Console, startConsole } from '../../infra/local/console/console.ts';
import { createWorkspace, type SlackMessage, type Workspace } from '../../infra/local/slack/workspace.ts';
import { CHROMIUM, openBrowser } from '../support/chromium.ts';

const LOG = { debug() {}, info() {}, warn() {}, error() {} };
if (CHROMIUM === undefined) console.warn('SKIPPED: the page in a browser: no Chromium on this machine');
const withBrowser = CHROMIUM === undefined ? describe.skip : describe;

withBrowser('the page in a browser', () => {
  let workspace: Workspace;
  let server: Console;
  let browser: Awaited<ReturnType<typeof openBrowser>>;
  let page: Page;
  const problems: string[] = [];
  const requests: string[] = [];
  const clock = { now: () => 1_700_000_000_000 };

  beforeAll(async () => {
    workspace = createWorkspace({ clock, channels: ['incidents', 'team-shop'], file: undefined });
    server = await startConsole({
      port: 0,
      clock,
      log: LOG,
      route: async () => false,
      slack: { workspace, responseUrl: () => 'http://127.0.0.1/actions' },
      slackSigningSecret: 's',
      listPods: async () => [
        {
          metadata: { namespace: 'shop', name: '<img src=x onerror=alert(1)>' },
          status: { phase: 'Running', containerStatuses: [{ name: 'app', state: { running: {} } }] },
        },
      ],
      tries: [
        { id: 'repair', label: 'Repair', hint: 'puts everything back', run: async () => 'Everything is put back.' },
      ],
      advanceClock: () => 0,
    });
    browser = await openBrowser({ executablePath: CHROMIUM ?? '', viewport: { width: 1280, height: 860 } });
    page = await browser.context.newPage();
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
    page.on('dialog', (dialog) => problems.push(`dialog ${dialog.message()}`));
    page.on('request', (request) => requests.push(new URL(request.url()).origin));
    await page.goto(server.url);
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  function post(text: string, mrkdwn: string, more: Partial<SlackMessage> = {}): string {
    const ts = workspace.nextTs();
    workspace.put({
      type: 'message',
      ts,
      channel: workspace.findChannel('incidents')?.id ?? '',
      user: workspace.bot.userId,
      bot_id: workspace.bot.botId,
      text,
      blocks: [{ type: 'section', text: { type: 'mrkdwn', text: mrkdwn } }],
      ...more,
    });
    return ts;
  }

  it('draws a message as Slack would: bold, code, link, quote, code block', async () => {
    const ts = post(
      '🔴 one',
      '🔴 *bold* `code` _it_ <https://example.com/a|label> a_b_c 2*3*4\n> quote\n```\nx &lt; y\n```',
    );
    const message = page.locator(`[data-ts="${ts}"]`);
    await message.waitFor();
    expect(await message.locator('b').allTextContents()).toEqual(['pullmedic', 'bold']);
    expect(await message.locator('code').allTextContents()).toEqual(['code']);
    expect(await message.locator('i').allTextContents()).toEqual(['it']);
    expect(await message.locator('blockquote').allTextContents()).toEqual(['quote']);
    expect(await message.locator('pre').allTextContents()).toEqual(['x < y']);
    expect(await message.locator('a').getAttribute('href')).toBe('https://example.com/a');
    expect(await message.textContent()).toContain('a_b_c 2*3*4');
  });

  it('shows the newest message on the phone, not an edit of an older one', async () => {
    const older = post('🟠 older', 'older');
    post('🔴 newest', 'newest');
    const known = workspace.findMessage(workspace.findChannel('incidents')?.id ?? '', older);
    if (known) workspace.put({ ...known, text: '🟢 older is over', edited: { user: 'U', ts: workspace.nextTs() } });
    await page.getByText('(edited)').waitFor();
    expect(await page.locator('#phone-text').textContent()).toBe('🔴 newest');
  });

  it('never takes text of a cluster for HTML or for a script', async () => {
    const hostile = '<img src=x onerror=alert(1)><script>alert(2)</script> <javascript:alert(3)|x> &lt;b&gt;';
    const ts = post(hostile, hostile);
    const message = page.locator(`[data-ts="${ts}"]`);
    await message.waitFor();
    expect(await message.locator('article img, script, article a').count()).toBe(0);
    await page.getByText('<img src=x onerror=alert(1)>').first().waitFor();
    expect(problems).toEqual([]);
  });

  it('opens a thread by keyboard, and keeps the focus there when a reply comes', async () => {
    const ts = post('🔴 parent', 'parent');
    post('details', 'the details', { thread_ts: ts });
    const toggle = page.locator(`[data-ts="${ts}"] .thread-toggle`);
    await toggle.focus();
    await page.keyboard.press('Enter');
    await page.getByText('the details').waitFor();
    post('more', 'one more reply', { thread_ts: ts });
    await page.getByText('one more reply').waitFor();
    expect(await toggle.evaluate((node) => node.ownerDocument.activeElement === node)).toBe(true);
    expect(await toggle.getAttribute('aria-expanded')).toBe('true');
  });

  it('does what is tried by keyboard, and says so', async () => {
    await page.getByRole('button', { name: 'Repair' }).focus();
    await page.keyboard.press('Enter');
    await page.getByText('Everything is put back.').waitFor();
  });

  it('fits a phone without scrolling sideways', async () => {
    post('🔴 long', `\`${'x'.repeat(300)}\` ${'y'.repeat(300)}`);
    await page.setViewportSize({ width: 390, height: 844 });
    const width = await page.evaluate<number>('document.documentElement.scrollWidth');
    expect(width).toBeLessThanOrEqual(390);
  });

  it('asks nothing of anybody else', () => {
    expect(new Set(requests)).toEqual(new Set([new URL(server.url).origin]));
  });
});
