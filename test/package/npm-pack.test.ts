import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createCluster } from '../../infra/local/kubernetes/cluster.ts';
import { createRegistry } from '../../infra/local/registry/registry.ts';
import { pod } from '../../infra/local/scenarios/objects.ts';
import { createClosers } from '../../infra/local/stack/closers.ts';
import { createSystemClock } from '../../shared/adapters/clock.ts';
import { until } from '../support/until.ts';
import { type Checkout, createCheckout } from './packaged.ts';

jest.setTimeout(120_000);

/** What `npm install` of it downloads. */
const LIMIT_KB = 1_500;

describe('the published package', () => {
  let checkout: Checkout;
  let home: string;
  let files: readonly string[];
  let tarball: string;

  beforeAll(() => {
    checkout = createCheckout(['docs', 'README.md', 'LICENSE', 'package-lock.json']);
    home = mkdtempSync(join(tmpdir(), 'pullmedic-npm-'));
    const { status, stdout, stderr } = spawnSync('npm', ['pack', '--json', '--pack-destination', home], {
      cwd: checkout.folder,
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    });
    if (status !== 0) throw new Error(`npm pack ended with ${status}: ${stderr}`);
    // `prepack` builds, and says so on the same output.
    const [packed] = JSON.parse(stdout.slice(stdout.lastIndexOf('\n[\n') + 1)) as readonly [
      { readonly filename: string; readonly files: readonly { readonly path: string }[] },
    ];
    files = packed.files.map(({ path }) => path);
    tarball = join(home, packed.filename);
    // As npm installs it where nothing else is: it has no dependency but an optional Node.
    const folder = join(home, 'node_modules', 'pullmedic');
    mkdirSync(folder, { recursive: true });
    spawnSync('tar', ['xzf', tarball, '-C', folder, '--strip-components=1']);
  }, 180_000);

  afterAll(() => {
    checkout?.remove();
    rmSync(home, { recursive: true, force: true });
  });

  function pullmedic(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const bin = join(home, 'node_modules', 'pullmedic', 'functions', 'cli', 'bin.js');
    const options = { cwd: home, env: { PATH: process.env['PATH'] ?? '', HOME: home, ...env } };
    // Not spawnSync: the cluster that it asks is in this process.
    return promisify(execFile)(process.execPath, [bin, ...args], options);
  }

  it('holds the command, its pages and what is installed in clusters, and nothing of the functions or the tests', () => {
    expect(files).toEqual(
      expect.arrayContaining(['package.json', 'LICENSE', 'functions/cli/bin.js', 'dist/cli/index.cjs']),
    );
    expect(files.filter((path) => path.startsWith('docs/causes/')).length).toBeGreaterThan(20);
    expect(files.filter((path) => path.startsWith('infra/kubernetes/')).length).toBeGreaterThan(20);
    const own = /^(?:test|shared|node_modules|infra\/(?:aws|build|local)|dist\/(?!cli\/index\.cjs$))/;
    expect(files.filter((path) => own.test(path) || /(?<!\.d)\.ts$/.test(path))).toEqual([]);
    expect(statSync(tarball).size / 1_000).toBeLessThan(LIMIT_KB);
    expect(existsSync(join(home, 'node_modules', 'pullmedic', 'node_modules'))).toBe(false);
  });

  it('needs no other package', () => {
    const { dependencies = {} } = JSON.parse(
      readFileSync(join(home, 'node_modules', 'pullmedic', 'package.json'), 'utf8'),
    ) as { readonly dependencies?: object };
    expect(dependencies).toEqual({});
  });

  it('says its version, and what an error means', async () => {
    const { version } = JSON.parse(readFileSync(join(checkout.folder, 'package.json'), 'utf8')) as { version: string };
    expect(await pullmedic(['--version'])).toEqual({ stdout: `${version}\n`, stderr: '' });
    const text = 'Failed to pull image "nginx:latests": docker.io/library/nginx:latests: not found';
    const { stdout } = await pullmedic(['explain', text]);
    expect(stdout).toMatch(/Tag latests does not exist/);
  });

  it('diagnoses a live cluster', async () => {
    const closers = createClosers();
    try {
      const clock = createSystemClock();
      const registry = await createRegistry({});
      closers.add(() => registry.stop());
      const cluster = await createCluster({ clock, registry, timeScale: 20 });
      closers.add(() => cluster.stop());
      cluster.apply([pod('web', `${registry.address}/no/such:v1`, { namespace: 'shop' })]);
      const kubeconfig = join(home, 'kubeconfig');
      writeFileSync(kubeconfig, cluster.kubeconfig());
      const found = await until('web is diagnosed', 30, async () => {
        const { stdout } = await pullmedic(['diagnose', '-A', '--no-registry'], { KUBECONFIG: kubeconfig });
        return stdout.includes('shop/web') ? stdout : undefined;
      });
      expect(found).toMatch(/shop\/web/);
    } finally {
      await closers.close();
    }
  });
});
