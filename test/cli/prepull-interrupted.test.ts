import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DAEMON_SETS, PODS } from '../../infra/local/kubernetes/resources.ts';
import { type Embedded, startEmbedded } from '../local/embedded.ts';
import { until } from '../support/until.ts';

const CLI = join(import.meta.dirname, '..', '..', 'functions', 'cli', 'bin.js');
const TIME_SCALE = 50;

describe('a pre-pull at a terminal', () => {
  let embedded: Embedded;
  let folder: string;

  beforeEach(async () => {
    embedded = await startEmbedded(TIME_SCALE);
    folder = mkdtempSync(join(tmpdir(), 'pullmedic-interrupted-'));
    writeFileSync(join(folder, 'kubeconfig'), embedded.cluster.kubeconfig(), { mode: 0o600 });
    embedded.cluster.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }]);
  });
  afterEach(async () => {
    await embedded.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('that gets %s deletes what it created, and says so', async (signal) => {
    const image = 'registry.example.com/shop/web:never-pushed';
    const args = [CLI, 'prepull', image, '-n', 'shop', '--keep-tags', '--helper-image', image];
    const child = spawn(process.execPath, args, {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, KUBECONFIG: join(folder, 'kubeconfig') },
    });
    const ended = once(child, 'exit');
    let stdout = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    await until('its pods are there', 20, () => embedded.cluster.list(PODS, 'shop').length === 2);
    child.kill(signal);
    expect(await ended).toEqual([1, null]);
    expect(stdout).toMatch(
      /Interrupted\. 0 of \S+( number of)? nodes have 1 image after \d+ s\. DaemonSet deleted\.\n$/,
    );
    expect([...embedded.cluster.list(DAEMON_SETS, 'shop'), ...embedded.cluster.list(PODS, 'shop')]).toEqual([]);
  });
});
