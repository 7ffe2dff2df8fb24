import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '../support/until.ts';
import { createFailingPod, postAlert, startWorld, type World } from './world.ts';

describe('pullmedic serve', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  }, 30_000);
  afterAll(() => world.stop());

  it('says on one line of standard output that it is ready, and answers for its health', async () => {
    const process = world.spawn();
    const { ready, url } = await process.ready();
    expect(ready).toBe(true);
    expect(process.stdout().trim().split('\n')).toHaveLength(1);
    for (const path of ['healthz', 'readyz']) expect((await fetch(url + path)).status).toBe(200);
    expect((await fetch(`${url}nowhere`)).status).toBe(404);
    expect((await fetch(`${url}alerts`)).status).toBe(405);
    expect((await fetch(`${url}alerts`, { method: 'POST', body: '{}' })).status).toBe(401);
    expect((await fetch(`${url}slack`)).status).toBe(405);
    expect((await fetch(`${url}slack`, { method: 'POST', body: 'payload={}' })).status).toBe(401);

    process.child.kill('SIGTERM');
    expect(await process.ended).toEqual({ status: 0, signal: null });
    const lines = process.stderr().trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { message: string }).message)).toContain('ready');
  }, 60_000);

  it('on SIGTERM takes no more alerts, ends what runs, and exits with 0', async () => {
    const process = world.spawn();
    const { url } = await process.ready();
    await createFailingPod(world, 'ending');
    // The post of the message takes 3 s: it is under way when the signal comes.
    const before = world.messages().length;
    world.slack.faults.add({ method: 'chat.postMessage', kind: 'slow', seconds: 3, times: 1 });
    expect(await postAlert(url, 'ending', 'web')).toBe(202);
    await until('the post is under way', 30, () => (world.slack.calls['chat.postMessage'] ?? 0) > 0);

    process.child.kill('SIGTERM');
    await until('alerts are refused', 5, async () => (await postAlert(url, 'ending', 'web')) === 503);
    expect((await fetch(`${url}readyz`)).status).toBe(503);
    expect((await fetch(`${url}healthz`)).status).toBe(200);
    expect(await process.ended).toEqual({ status: 0, signal: null });
    expect(world.messages()).toHaveLength(before + 1);
  }, 60_000);

  it('refuses a folder that another one uses, and takes it once that one is gone', async () => {
    const first = world.spawn();
    await first.ready();
    const second = world.spawn();
    expect(await second.ended).toEqual({ status: 1, signal: null });
    expect(second.stderr()).toBe(
      `pullmedic: ${world.data} is in use by another pullmedic serve: end that one, or give another --data\n`,
    );
    first.child.kill('SIGKILL');
    await first.ended;
    const third = world.spawn();
    await third.ready();
    third.child.kill('SIGTERM');
    expect(await third.ended).toEqual({ status: 0, signal: null });
  }, 60_000);

  it('says which port is taken', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const { port } = server.address() as AddressInfo;
    const process = world.spawn(['--data', world.data, '--config', world.config, '--port', `${port}`]);
    expect(await process.ended).toEqual({ status: 1, signal: null });
    expect(process.stderr()).toMatch(new RegExp(`^pullmedic: port ${port} of 127.0.0.1 is taken by .*\n$`));
    server.close();
  }, 60_000);

  it.each([
    { what: 'a missing file', config: undefined, env: {}, says: /there is no such file/ },
    { what: 'two mistakes', config: 'clusters: []\nslak: {}\n', env: {}, says: /clusters.*; .*slak/ },
    {
      what: 'a credential that is not in the environment',
      config: 'clusters: [{ name: a }]\nslack: { channel: c, botToken: "env:NO_SUCH_TOKEN" }\n',
      env: {},
      says: /slack\.botToken: env:NO_SUCH_TOKEN/,
    },
  ])('answers $what by one line and status 2', async ({ config, env, says }) => {
    const file = join(world.config, '..', 'other.yaml');
    if (config !== undefined) writeFileSync(file, config);
    const process = world.spawn(['--data', world.data, '--port', '0'], {
      ...env,
      PULLMEDIC_CONFIG: config === undefined ? `${file}.none` : file,
    });
    expect(await process.ended).toEqual({ status: 2, signal: null });
    expect(process.stderr()).toMatch(says);
    expect(process.stderr().trim().split('\n')).toHaveLength(1);
    expect(process.stdout()).toBe('');
  });

  it('refuses a folder that it cannot write, by one line', async () => {
    const process = world.spawn(['--data', join(world.config, 'below-a-file'), '--config', world.config]);
    expect(await process.ended).toEqual({ status: 1, signal: null });
    expect(process.stderr()).toMatch(/^pullmedic: .*below-a-file cannot be written: .*\n$/);
  });
});
