import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type AdjustableClock, createAdjustableClock } from '../../../shared/adapters/clock.ts';
import { createConfigSource } from '../../../shared/adapters/config-source/create-config-source.ts';
import { createPlainLog } from '../../../shared/adapters/log/plain-log.ts';
import type { Config } from '../../../shared/config/config.ts';
import { ConfigError } from '../../../shared/domain/errors.ts';

/** The text stands for a configuration; what is in it is the business of `config/load.ts`. */
function parse(text: string, origin: string): Config {
  if (text.includes('bad')) throw new ConfigError(`${origin}: bad`);
  return { text, origin } as unknown as Config;
}

describe('the configuration source', () => {
  let folder: string;
  let path: string;
  let clock: AdjustableClock;
  let lines: string[];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'pullmedic-config-'));
    path = join(folder, 'pullmedic.yaml');
    clock = createAdjustableClock({ startAt: 0 });
    lines = [];
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function open(from = path, readParameter?: (name: string) => Promise<string | undefined>) {
    const log = createPlainLog({ write: (line) => lines.push(line) });
    return createConfigSource({ from, parse, clock, log, ...(readParameter ? { readParameter } : {}) });
  }

  it('reads a file and tells the parser where it came from', async () => {
    writeFileSync(path, 'one');
    expect(await open().load()).toEqual({ text: 'one', origin: path });
  });

  it('reads again after 60 s, not before', async () => {
    writeFileSync(path, 'one');
    const source = open();
    await source.load();
    writeFileSync(path, 'two');
    clock.advance(59.999);
    expect(await source.load()).toMatchObject({ text: 'one' });
    clock.advance(0.001);
    expect(await source.load()).toMatchObject({ text: 'two' });
  });

  it('keeps the last good one when a later one is bad or gone, says so, and takes the next good one', async () => {
    writeFileSync(path, 'one');
    const source = open();
    await source.load();
    for (const spoil of [() => writeFileSync(path, 'bad'), () => rmSync(path)]) {
      spoil();
      clock.advance(60);
      expect(await source.load()).toMatchObject({ text: 'one' });
    }
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain('WARN  configuration cannot be read again, the last good one stays in force');

    expect(await source.load()).toMatchObject({ text: 'one' });
    expect(lines).toHaveLength(2);
    writeFileSync(path, 'three');
    clock.advance(60);
    expect(await source.load()).toMatchObject({ text: 'three' });
  });

  it('has nothing to fall back on at first, and tries anew at every call', async () => {
    writeFileSync(path, 'bad');
    const source = open();
    await expect(source.load()).rejects.toThrow(`${path}: bad`);
    writeFileSync(path, 'good');
    expect(await source.load()).toMatchObject({ text: 'good' });
  });

  it('reads a parameter', async () => {
    const source = open('ssm:/pullmedic/config', async (name) => `text of ${name}`);
    expect(await source.load()).toEqual({ text: 'text of /pullmedic/config', origin: 'ssm:/pullmedic/config' });
  });

  it('reads once for many who ask at once', async () => {
    let reads = 0;
    const source = open('ssm:N', async () => `${++reads}`);
    await Promise.all([source.load(), source.load(), source.load()]);
    expect(reads).toBe(1);
  });

  it.each([
    { from: '/no/such/file.yaml', says: '/no/such/file.yaml: there is no such file' },
    { from: '/', says: '/: cannot be read' },
    { from: 'ssm:NONE', says: 'ssm:NONE: there is no such parameter' },
    { from: 's3://bucket/key', says: 's3://bucket/key: s3:// is not supported yet' },
  ])('says what is wrong with $from', async ({ from, says }) => {
    const loading = open(from, async () => undefined).load();
    await expect(loading).rejects.toMatchObject({ code: 'config' });
    await expect(loading).rejects.toThrow(says);
  });

  it('refuses ssm: where nothing reads parameters', async () => {
    await expect(open('ssm:N').load()).rejects.toThrow('ssm:N: ssm: cannot be read here');
  });
});
