import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { WebClient } from '@slack/web-api';
import type { ReadyLine } from '../../infra/local/stack/ready-line.ts';
import { until } from '../support/until.ts';
import { notification, podAlert } from './alerts.ts';

jest.setTimeout(300_000);

const ROOT = join(import.meta.dirname, '..', '..');
const children: ChildProcess[] = [];
const folders: string[] = [];

afterEach(() => {
  for (const child of children.splice(0)) {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // Nothing of it is left: as it should be.
    }
  }
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A group of its own, so that whatever a failed test leaves behind can be ended by its id. */
function start(
  command: string,
  args: readonly string[],
  port: number,
): { child: ChildProcess; ready: Promise<ReadyLine>; lines: string[] } {
  const { KUBECONFIG, SLACK_BOT_TOKEN, ...environment } = process.env;
  const child = spawn(command, args, {
    cwd: ROOT,
    env: { ...environment, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  });
  children.push(child);
  const lines: string[] = [];
  const ready = new Promise<ReadyLine>((resolve, reject) => {
    let text = '';
    child.once('exit', (code) => reject(new Error(`ended with ${code}`)));
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      lines.splice(0, lines.length, ...text.split('\n').filter((line) => line !== ''));
      const found = lines.find((line) => line.startsWith('{'));
      if (found !== undefined && text.includes('}\n')) resolve(JSON.parse(found) as ReadyLine);
    });
  });
  return { child, ready, lines };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

async function isOpen(url: string): Promise<boolean> {
  const { port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

async function messages({ slack }: ReadyLine): Promise<readonly { text?: string; ts?: string }[]> {
  const client = new WebClient(slack.token, { slackApiUrl: slack.apiUrl });
  const { messages: found = [] } = await client.conversations.history({ channel: slack.channel });
  return found;
}

function coreOf({ kubernetes }: ReadyLine): CoreV1Api {
  const config = new KubeConfig();
  config.loadFromFile(kubernetes.kubeconfig);
  return config.makeApiClient(CoreV1Api);
}

async function createBadPod(core: CoreV1Api, name: string, image: string): Promise<void> {
  const body = { metadata: { name }, spec: { containers: [{ name: 'app', image }] } };
  await core.createNamespacedPod({ namespace: 'default', body });
  await untilPodFails(core, name);
}

async function untilPodFails(core: CoreV1Api, name: string): Promise<void> {
  await until(`pod ${name} fails to pull`, 90, async () => {
    const { status } = await core.readNamespacedPod({ namespace: 'default', name });
    return /ErrImagePull|ImagePullBackOff/.test(status?.containerStatuses?.[0]?.state?.waiting?.reason ?? '');
  });
}

async function notify({ alerts }: ReadyLine, pod: string): Promise<void> {
  const response = await fetch(alerts.url, {
    method: 'POST',
    headers: { authorization: `Bearer ${alerts.token}`, 'content-type': 'application/json' },
    body: JSON.stringify(notification([podAlert('default', pod)])),
  });
  expect(response.status).toBe(202);
}

const STACK = ['--disable-warning=ExperimentalWarning', 'infra/local/start.ts', '--json', '--scenarios', 'none'];

describe('npm start', () => {
  it('prints one ready line, and SIGTERM to npm leaves no process and no port after 2 s', async () => {
    const port = await freePort();
    const { child, ready: printed, lines } = start('npm', ['start', '--', '--json', '--scenarios', 'none'], port);
    const ready = await printed;
    expect(lines.filter((line) => line.startsWith('{'))).toHaveLength(1);
    expect(ready).toMatchObject({
      ready: true,
      console: `http://127.0.0.1:${port}/`,
      alerts: { url: `http://127.0.0.1:${port}/alerts`, token: expect.any(String) },
      slack: {
        apiUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/api\/$/),
        channel: expect.stringMatching(/^C/),
        channels: expect.any(Object),
        signingSecret: expect.any(String),
        actionsUrl: `http://127.0.0.1:${port}/slack`,
      },
      kubernetes: { server: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/), kubeconfig: expect.any(String) },
      registry: { host: expect.stringMatching(/^127\.0\.0\.1:\d+$/) },
      ecr: { endpoint: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) },
    });
    const urls = [
      ready.console,
      ready.slack.apiUrl,
      ready.kubernetes.server,
      `http://${ready.registry.host}`,
      ready.ecr.endpoint,
    ];
    expect(await Promise.all(urls.map(isOpen))).toEqual(urls.map(() => true));

    const closed = new Promise<number>((resolve) => child.once('close', () => resolve(performance.now())));
    const before = performance.now();
    child.kill('SIGTERM');
    expect((await closed) - before).toBeLessThan(2_000);
    expect(await Promise.all(urls.map(isOpen))).toEqual(urls.map(() => false));
    expect(() => process.kill(-(child.pid ?? 0), 0)).toThrow('ESRCH');
  }, 60_000);

  it('says what to do when its port is taken', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const { child, ready } = start('node', STACK, port);
    ready.catch(() => undefined);
    const code = await new Promise((resolve) => child.once('close', resolve));
    await new Promise((resolve) => server.close(resolve));
    expect(code).toBe(1);
  }, 30_000);

  it('posts no second message after kill −9 of the whole stack and a restart on the same data', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'pullmedic-e2e-'));
    folders.push(folder);
    const port = await freePort();
    const first = start('node', [...STACK, '--data', folder], port);
    const ready = await first.ready;
    await createBadPod(coreOf(ready), 'web', 'docker.io/library/nginx:v0-no-such-tag');
    await notify(ready, 'web');
    const message = await until('the message', 60, async () => (await messages(ready))[0]);
    const dead = new Promise((resolve) => first.child.once('close', resolve));
    first.child.kill('SIGKILL');
    await dead;

    const again = await start('node', [...STACK, '--data', folder], port).ready;
    expect(again.alerts.token).toBe(ready.alerts.token);
    expect((await messages(again)).map(({ ts }) => ts)).toEqual([message.ts]);
    await untilPodFails(coreOf(again), 'web');
    await notify(again, 'web');
    // A second pod of the namespace: once its message is there, the first one was looked at again too.
    await createBadPod(coreOf(again), 'other', 'docker.io/library/redis:v0-no-such-tag');
    await notify(again, 'other');
    await until('the message of the other pod', 90, async () => (await messages(again)).length > 1);
    const [other, same] = await messages(again);
    expect(other?.text).toContain('default/other');
    expect([same?.ts, same?.text]).toEqual([message.ts, message.text]);
    expect(await messages(again)).toHaveLength(2);
  }, 300_000);
});
