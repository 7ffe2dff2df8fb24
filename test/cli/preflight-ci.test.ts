import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { createRegistry, type Registry } from '../../infra/local/registry/registry.ts';

const root = join(import.meta.dirname, '..', '..');
const example = join(root, 'examples', 'ci');

/** The last step of the example's workflow: exactly what CI runs. */
const workflow = parse(readFileSync(join(example, '.github', 'workflows', 'preflight.yml'), 'utf8'));
const command: string = workflow.jobs.images.steps.at(-1).run;

let folder: string;
let registry: Registry;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pullmedic-ci-'));
  // The program is called as `npm install --global` would name it.
  mkdirSync(join(folder, 'bin'));
  const program = join(root, 'functions', 'cli', 'bin.js');
  writeFileSync(join(folder, 'bin', 'pullmedic'), `#!/bin/sh\nexec node '${program}' "$@"\n`, { mode: 0o755 });
  registry = await createRegistry({});
  for (const name of ['web:v1.2.3', 'migrate:v1.2.3', 'report:latest'])
    registry.addImage(`registry.example.com/acme/${name}`);
  const config = [
    'clusters: [{ name: none, access: { kind: in-cluster } }]',
    'slack: { channel: "#none" }',
    `registries: [{ host: "${registry.address}", allowPrivate: true }]`,
  ];
  writeFileSync(join(folder, 'pullmedic.yaml'), config.join('\n'));
});
afterAll(async () => {
  await registry.stop();
  rmSync(folder, { recursive: true });
});

/** The example's manifests with the registry of this test in the place of GHCR, and its command in a shell. */
async function runInCi(edit: (manifest: string) => string = (text) => text) {
  const checkout = join(folder, 'checkout');
  rmSync(checkout, { recursive: true, force: true });
  cpSync(example, checkout, { recursive: true });
  for (const name of ['web.yaml', 'report.yaml']) {
    const file = join(checkout, 'manifests', name);
    writeFileSync(file, edit(readFileSync(file, 'utf8').replaceAll('ghcr.io', registry.address)));
  }
  const child = spawn('sh', ['-c', command], {
    cwd: checkout,
    env: {
      HOME: folder,
      PATH: [join(folder, 'bin'), dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter),
      PULLMEDIC_CONFIG: join(folder, 'pullmedic.yaml'),
      CI: 'true',
    },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (piece) => {
    stdout += piece;
  });
  child.stderr.on('data', (piece) => {
    stderr += piece;
  });
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { status, stdout, stderr };
}

describe('the example repository for CI', () => {
  it('passes while every image is there, and says what was checked', async () => {
    const { status, stdout, stderr } = await runInCi();
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/Checked: 2 workloads, 3 images in 1 registry/);
  });

  it('fails a bad tag with one clear line', async () => {
    const { status, stderr, stdout } = await runInCi((text) => text.replace('web:v1.2.3', 'web:v1.2.33'));
    expect(status).toBe(1);
    expect(stderr).toBe(
      `pullmedic: preflight fails: shop/web: tag v1.2.33 does not exist in acme/web [${registry.address}/acme/web:v1.2.33] (--fail-on now,unchecked)\n`,
    );
    expect(stdout).toMatch(/nearest of its 1 tags: v1\.2\.3/);
  });

  it('fails an image without the platform that it asks for', async () => {
    registry.addImage('registry.example.com/acme/arm:v1', { platforms: ['linux/arm64'] });
    const { status, stderr } = await runInCi((text) => text.replace('web:v1.2.3', 'arm:v1'));
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: expect.stringMatching(/shop\/web: acme\/arm:v1 has no image for linux\/amd64/),
    });
  });

  it('fails where a registry could not be asked: silence is no success', async () => {
    const { status, stderr } = await runInCi((text) =>
      text.replace(`${registry.address}/acme/web`, 'registry.invalid/acme/web'),
    );
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: 'pullmedic: preflight fails: 1 of 3 images could not be checked\n',
    });
  });

  it('fails where a pull secret decides that CI does not have', async () => {
    registry.addImage('registry.example.com/acme/private:v1', { isPrivate: true });
    const { status, stderr, stdout } = await runInCi((text) => text.replace('acme/web:v1.2.3', 'acme/private:v1'));
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: 'pullmedic: preflight fails: 1 of 3 images could not be checked\n',
    });
    expect(stdout.replace(/\s+/g, ' ')).toMatch(
      /acme\/private:v1 would pull is not known: the registry wants a login, and a pull secret that was not read decides/,
    );
  });
});
