import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { CAPTURES } from '../support/captures.ts';
import { withExpectation } from './expectations.ts';

const folder = mkdtempSync(join(tmpdir(), 'record-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function record(...given: readonly string[]) {
  const file = join(import.meta.dirname, 'record.ts');
  const given0 = ['--disable-warning=ExperimentalWarning', file, ...given];
  return new Promise<{ readonly code: number; readonly out: string; readonly err: string }>((resolve) => {
    execFile(process.execPath, given0, (error, out, err) => resolve({ code: Number(error?.code ?? 0), out, err }));
  });
}

const read = (...path: readonly string[]) => JSON.parse(readFileSync(join(folder, ...path), 'utf8'));

describe('npm run record', () => {
  it('writes a captured case and what is expected of it; doing it again changes nothing', async () => {
    const once = ['--from', join(CAPTURES, 'containerd-2.4.2'), '--case', 'deployment', '--to', join(folder, 'a')];
    expect(await record(...once)).toMatchObject({ code: 2, err: expect.stringContaining('say --cause') });
    expect(existsSync(join(folder, 'a'))).toBe(false);
    const written = await record(...once, '--cause', 'tag-not-found');
    expect(written).toMatchObject({ code: 0, out: expect.stringContaining('pullmedic says: tag-not-found') });
    const names = readdirSync(join(folder, 'a', 'containerd-2.4.2', 'deployment'));
    expect(names.sort()).toEqual([
      'events.json',
      'owners.json',
      'pod.ErrImagePull.json',
      'pod.ImagePullBackOff.json',
      'pod.json',
    ]);
    expect(read('a', 'expected.json')).toEqual({ deployment: ['tag-not-found'] });

    const again = ['--from', join(folder, 'a', 'containerd-2.4.2'), '--case', 'deployment', '--to', join(folder, 'b')];
    cpSync(join(folder, 'a', 'expected.json'), join(folder, 'b', 'expected.json'));
    expect(await record(...again)).toMatchObject({ code: 0 });
    for (const name of names) {
      const path = ['containerd-2.4.2', 'deployment', name];
      expect(read('b', ...path)).toEqual(read('a', ...path));
    }
  });

  it.each([
    { args: ['--case', 'x'], says: 'npm run record' },
    { args: ['--from', CAPTURES, '--case', '../x'], says: 'lower case letters' },
    { args: ['--from', join(CAPTURES, 'containerd-2.4.2'), '--case', 'job', '--cause', 'nope'], says: 'is none of' },
  ])('answers $args with what is wrong', async ({ args, says }) => {
    expect(await record(...args, '--to', join(folder, 'c'))).toMatchObject({
      code: 2,
      err: expect.stringContaining(says),
    });
    expect(existsSync(join(folder, 'c'))).toBe(false);
  });
});

describe('expected.json', () => {
  const at = { runtime: 'crio-1.36', name: 'job' };
  it.each([
    { before: {}, after: { job: ['a'] } },
    { before: { job: ['a'] }, after: { job: ['a'] } },
    { before: { job: ['b'] }, after: { job: ['b'], 'crio-1.36/job': ['a'] } },
    { before: { _: 'said', z: [], b: [] }, after: { _: 'said', b: [], job: ['a'], z: [] } },
  ])('$before becomes $after', ({ before, after }) => {
    expect(JSON.stringify(withExpectation(before as never, at, ['a']))).toBe(
      JSON.stringify({
        ...('_' in after && { _: after._ }),
        ...Object.fromEntries(
          Object.entries(after)
            .filter(([key]) => key !== '_')
            .sort(),
        ),
      }),
    );
  });
});
