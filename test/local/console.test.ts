import { request } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type Console, startConsole, type Try } from '../../infra/local/console/console.ts';
import { createWorkspace, type Workspace } from '../../infra/local/slack/workspace.ts';
import { createAdjustableClock } from '../../shared/adapters/clock.ts';

const LOG = { debug() {}, info() {}, warn() {}, error() {} };
const SECRET = 'signing-secret';
const running: Console[] = [];

async function start(tries: readonly Try[] = []): Promise<{ url: string; workspace: Workspace; now: () => number }> {
  const clock = createAdjustableClock();
  const workspace = createWorkspace({ clock, channels: ['incidents'], file: undefined });
  let ahead = 0;
  const console = await startConsole({
    port: 0,
    clock,
    log: LOG,
    route: async (incoming, response) => {
      if (incoming.url !== '/alerts') return false;
      response.writeHead(202).end();
      return true;
    },
    slack: { workspace, responseUrl: () => 'http://127.0.0.1/actions' },
    slackSigningSecret: SECRET,
    listPods: async () => [
      {
        metadata: { namespace: 'shop', name: 'web' },
        status: {
          phase: 'Pending',
          containerStatuses: [{ name: 'app', state: { waiting: { reason: 'ErrImagePull', message: '<b>x</b>' } } }],
        },
      },
    ],
    tries,
    advanceClock(seconds) {
      clock.advance(seconds);
      ahead += seconds;
      return ahead;
    },
  });
  running.push(console);
  return { url: console.url, workspace, now: clock.now };
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.stop()));
});

/** With headers that fetch does not let one set. */
async function statusOf(url: string, headers: Record<string, string>, method = 'POST'): Promise<number> {
  return new Promise((resolve, reject) => {
    const call = request(url, { method, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    call.once('error', reject);
    call.end(method === 'POST' ? '{"advanceSeconds":1}' : undefined);
  });
}

/** Reads the stream until each of the topics was there. */
async function topics(url: string, wanted: readonly string[]): Promise<Record<string, unknown>> {
  const stop = new AbortController();
  const response = await fetch(`${url}events`, { signal: stop.signal });
  const found: Record<string, unknown> = {};
  let text = '';
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += Buffer.from(chunk).toString('utf8');
    for (const [, topic = '', data = ''] of text.matchAll(/event: (\w+)\ndata: (.*)\n\n/g))
      found[topic] = JSON.parse(data);
    if (wanted.every((topic) => topic in found)) break;
  }
  stop.abort();
  return found;
}

describe('the page', () => {
  it.each([
    '',
    'app.js',
    'blocks.js',
    'channel.js',
    'dialog.js',
    'dom.js',
    'elements.js',
    'who.js',
    'mrkdwn.js',
    'pods.js',
    'style.css',
    'slack.css',
    'icon.svg',
  ])('serves /%s under a policy that lets nothing in from elsewhere', async (path) => {
    const { url } = await start();
    const response = await fetch(`${url}${path}`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await response.text()).not.toMatch(/(src|href|url|import|fetch)\s*[=(]\s*["']?https?:/);
  });

  it.each(['../start.ts', '..%2fstart.ts', 'page/index.html', 'constructor', '__proto__'])(
    'has no %s',
    async (path) => {
      const { url } = await start();
      expect(await statusOf(`${url}${path}`, {}, 'GET')).toBe(404);
    },
  );

  it('streams the workspace, the pods, the clock and what can be tried', async () => {
    const { url } = await start([{ id: 'repair', label: 'Repair', hint: 'all of it', run: async () => 'Done.' }]);
    const state = await topics(url, ['slack', 'pods', 'clock', 'tries']);
    expect(state['slack']).toMatchObject({ channels: [{ name: 'incidents' }], messages: [] });
    expect(state['pods']).toMatchObject([{ namespace: 'shop', name: 'web', state: 'failing', reason: 'ErrImagePull' }]);
    expect(state['tries']).toEqual([{ id: 'repair', label: 'Repair', hint: 'all of it' }]);
  });
});

describe('the console', () => {
  it('hands /alerts to the handlers', async () => {
    const { url } = await start();
    expect((await fetch(`${url}alerts`, { method: 'POST', body: '{}' })).status).toBe(202);
  });

  it('moves the clock, and says where it stands', async () => {
    const { url, now } = await start();
    const before = now();
    const response = await fetch(`${url}clock`, { method: 'POST', body: '{"advanceSeconds": 46800}' });
    expect(await response.json()).toMatchObject({ aheadSeconds: 46_800 });
    expect(now() - before).toBeGreaterThanOrEqual(46_800_000);
  });

  it.each(['{}', '{"advanceSeconds": -1}', '{"advanceSeconds": "1"}', '{"advanceSeconds": 1e12}', 'x', 'null'])(
    'refuses to move the clock by %s',
    async (body) => {
      const { url } = await start();
      expect((await fetch(`${url}clock`, { method: 'POST', body })).status).toBe(400);
    },
  );

  it.each([
    { what: 'a page of somewhere else', headers: { origin: 'https://evil.example' } },
    { what: 'a name that somebody rebound to loopback', headers: { host: 'evil.example' } },
    { what: 'a sandboxed page', headers: { origin: 'null' } },
  ])('lets $what change nothing', async ({ headers }) => {
    const { url, now } = await start();
    const before = now();
    expect(await statusOf(`${url}clock`, headers)).toBe(403);
    expect(now() - before).toBeLessThan(900);
  });

  it('does what the page offers, and says what was done', async () => {
    const runs: string[] = [];
    const { url } = await start([
      { id: 'break-tag', label: '', hint: '', run: async () => `broken ${runs.push('x')}` },
      { id: 'fails', label: '', hint: '', run: async () => Promise.reject(new Error('no such pod')) },
    ]);
    const done = await fetch(`${url}try/break-tag`, { method: 'POST' });
    expect(await done.json()).toEqual({ done: 'broken 1' });
    const failed = await fetch(`${url}try/fails`, { method: 'POST' });
    expect([failed.status, await failed.json()]).toEqual([500, { error: 'no such pod' }]);
    expect((await fetch(`${url}try/unknown`, { method: 'POST' })).status).toBe(404);
  });
});
