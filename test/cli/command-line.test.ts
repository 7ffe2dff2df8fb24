import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { listCaptures } from '../support/captures.ts';

const root = join(import.meta.dirname, '..', '..');
const bin = join(root, 'functions', 'cli', 'bin.js');
const captures = join(root, 'test', 'fixtures', 'captures');

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function pullmedic(args: readonly string[], input = ''): Ended {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], {
    cwd: root,
    input,
    encoding: 'utf8',
    env: { ...process.env, FORCE_COLOR: '1', NODE_OPTIONS: '' },
    timeout: 60_000,
  });
  return { status, stdout, stderr };
}

function fileOf(name: string, file: string): string {
  return join(captures, 'containerd-2.4.2', name, file);
}

describe('pullmedic diagnose -f', () => {
  it.each(['deployment', 'init-container', 'two-bad-containers', 'healthy'])(
    'gives an accepted cause for %s, and JSON of the promised shape',
    (name) => {
      const { status, stdout, stderr } = pullmedic([
        'diagnose',
        '-f',
        fileOf(name, 'pod.json'),
        '-f',
        fileOf(name, 'events.json'),
        '--json',
      ]);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      const { failures } = JSON.parse(stdout) as {
        readonly failures: readonly { readonly causes: readonly { readonly id: string }[] }[];
      };
      const expected = listCaptures().find((capture) => capture.name === name)?.expected ?? [];
      expect(failures.length).toBe(name === 'healthy' ? 0 : expected.length);
      for (const failure of failures) {
        expect(expected).toContain(failure.causes[0]?.id);
        expect(failure).toMatchObject({
          namespace: name,
          pod: expect.any(String),
          container: expect.any(String),
          image: expect.any(String),
          causes: expect.arrayContaining([
            {
              id: expect.any(String),
              confidence: expect.stringMatching(/^(certain|likely|possible)$/),
              evidence: expect.arrayContaining([expect.any(String)]),
            },
          ]),
          remedies: expect.arrayContaining([{ id: expect.any(String), title: expect.any(String) }]),
        });
      }
    },
  );

  it('reads several files after one -f, and standard input', () => {
    const events = pullmedic(['diagnose', '--json', '-f', fileOf('job', 'pod.json'), fileOf('job', 'events.json')]);
    expect(events.status).toBe(0);
    expect(events.stdout).toContain('"tag-not-found"');
    const piped = pullmedic(['diagnose', '-f', '-', '--json'], '{"kind":"List","items":[]}');
    expect(piped).toMatchObject({ status: 0, stdout: '{"failures":[],"gaps":[]}\n' });
  });

  it('prints a report for people without a colour when nobody watches', () => {
    const { status, stdout } = pullmedic(['diagnose', '-f', fileOf('deployment', 'pod.json')]);
    expect(status).toBe(0);
    expect(stdout).toContain('deployment/web: tag v999 does not exist\n');
    expect(stdout).not.toContain('\u001b');
  });

  it('answers wrong usage with status 2 and one line, nothing on standard output', () => {
    const { status, stdout, stderr } = pullmedic(['diagnose', '-f', 'no-such.json']);
    expect({ status, stdout, stderr }).toEqual({
      status: 2,
      stdout: '',
      stderr: 'pullmedic: no-such.json: no such file\n',
    });
  });

  it('ends quietly when its reader has seen enough', () => {
    const { status, stderr } = spawnSync('sh', ['-c', `"$0" "$1" diagnose --help | true`, process.execPath, bin], {
      cwd: root,
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});

describe('pullmedic explain', () => {
  it('takes the text as one argument, as several, or from standard input', () => {
    const text = 'Failed to pull image "ghcr.io/acme/app:v9": ghcr.io/acme/app:v9: not found';
    const [one, several, piped] = [
      pullmedic(['explain', '--json', text]),
      pullmedic(['explain', '--json', ...text.split(' ')]),
      pullmedic(['explain', '--json'], text),
    ].map(({ stdout }) => stdout);
    expect(JSON.parse(one ?? '')).toMatchObject({ causes: [{ id: 'tag-not-found' }, expect.anything()] });
    expect([several, piped]).toEqual([one, one]);
  });

  it('answers each line of --jsonl, in order, and goes on after a bad one', () => {
    const lines = [
      '{"id":"a","message":"x509: certificate signed by unknown authority"}',
      'oops',
      '{"id":"b","message":""}',
    ];
    const { status, stdout } = pullmedic(['explain', '--jsonl'], `${lines.join('\n')}\n`);
    expect(status).toBe(0);
    const answers = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { id: unknown; causes?: { id: string }[] });
    expect(answers.map(({ id }) => id)).toEqual(['a', null, 'b']);
    expect(answers[0]?.causes?.[0]?.id).toBe('tls-unknown-ca');
    expect(answers[2]?.causes?.[0]?.id).toBe('unknown');
  });
});
