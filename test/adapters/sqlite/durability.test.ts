import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createSystemClock } from '../../../shared/adapters/clock.ts';
import { openDatabase } from '../../../shared/adapters/sqlite/open-database.ts';
import { createSqliteQueue } from '../../../shared/adapters/sqlite/sqlite-queue.ts';
import { createSqliteRecordStore } from '../../../shared/adapters/sqlite/sqlite-record-store.ts';

const CHILD = fileURLToPath(new URL('../../support/sqlite-child.ts', import.meta.url));

describe('the SQLite file', () => {
  let folder: string;
  let path: string;
  let children: ChildProcess[];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'pullmedic-sqlite-'));
    path = join(folder, 'data', 'pullmedic.db');
    children = [];
  });

  afterEach(() => {
    for (const child of children) child.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  });

  /** @returns the child and a promise of the lines that it has said, once it has ended */
  function start(task: 'write' | 'count') {
    const args = ['--disable-warning=ExperimentalWarning', CHILD, task, path];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk;
    });
    const ended = once(child, 'close').then(([code, signal]) => ({
      code,
      signal,
      lines: output.split('\n').slice(0, -1),
    }));
    return { child, ended };
  }

  async function readBack(): Promise<{ readonly a: number; readonly b: number; readonly jobs: number }> {
    const db = openDatabase(path);
    const clock = createSystemClock();
    const store = createSqliteRecordStore({ db, clock });
    const queue = createSqliteQueue<number>({ db, clock, name: 'jobs' });
    const [a, b, jobs] = [await store.list('a'), await store.list('b'), await queue.count()];
    db.close();
    return { a: a.length, b: b.length, jobs };
  }

  it('has everything that was acknowledged when its writer kills itself', async () => {
    const { ended } = start('write');
    const { signal, lines } = await ended;
    expect(signal).toBe('SIGKILL');
    expect(lines.length).toBeGreaterThanOrEqual(20);
    const { a, b, jobs } = await readBack();
    expect(a).toBe(26);
    expect(b).toBe(26);
    expect(jobs).toBe(26);
  });

  it('has all of a transaction or nothing when its writer is killed at any moment', async () => {
    const { child, ended } = start('write');
    await once(child.stdout ?? child, 'data');
    await pause(3);
    child.kill('SIGKILL');
    const { lines } = await ended;
    const { a, b, jobs } = await readBack();
    expect(a).toBe(b);
    expect(a).toBeGreaterThanOrEqual(lines.length);
    expect(a - jobs).toBeLessThanOrEqual(1);
  });

  it('loses no write of several processes at once', async () => {
    const results = await Promise.all(['count', 'count', 'count'].map((task) => start(task as 'count').ended));
    expect(results.map(({ code }) => code)).toEqual([0, 0, 0]);
    const db = openDatabase(path);
    const store = createSqliteRecordStore({ db, clock: createSystemClock() });
    expect(await store.get({ partition: 'counter', sort: 'counter' })).toMatchObject({ body: 120, version: 120 });
    db.close();
  });

  it('is synced at every commit and readable by its owner alone', () => {
    const db = openDatabase(path);
    expect(db.prepare('PRAGMA journal_mode').get()).toMatchObject({ journal_mode: 'wal' });
    const full = 2;
    expect(db.prepare('PRAGMA synchronous').get()).toMatchObject({ synchronous: full });
    expect(statSync(path).mode & 0o077).toBe(0);
    db.close();
  });
});
