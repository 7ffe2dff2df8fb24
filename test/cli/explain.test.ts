import { describe, expect, it } from '@jest/globals';
import { explain } from '../../functions/cli/explain.ts';

async function* chunks(...parts: (string | Buffer)[]) {
  yield* parts;
}

async function run(
  options: { text?: string; jsonl?: boolean; json?: boolean },
  stdin: AsyncIterable<string | Buffer> & { isTTY?: boolean } = chunks(),
) {
  let out = '';
  let err = '';
  const status = await explain(
    { jsonl: false, json: false, ...options },
    { stdin, stdout: (text) => (out += text), stderr: (text) => (err += text) },
  );
  return { status, out, err };
}

const TAG =
  'Failed to pull image "nginx:9.99": rpc error: code = NotFound desc = failed to pull and unpack image "docker.io/library/nginx:9.99": failed to resolve reference "docker.io/library/nginx:9.99": docker.io/library/nginx:9.99: not found';

describe('pullmedic explain', () => {
  it('says what a text means, why, and what to do', async () => {
    const { status, out, err } = await run({ text: TAG });
    expect(status).toBe(0);
    expect(err).toBe('');
    expect(out).toContain('Tag does not exist (tag-not-found), likely');
    expect(out).toContain('tag 9.99 does not exist');
    expect(out).toContain("$ skopeo list-tags 'docker://docker.io/library/nginx'");
    expect(out).toContain('docs/causes/tag-not-found.md');
  });

  it('reads standard input, also in pieces that cut a character', async () => {
    const bytes = Buffer.from('pull QPS exceeded …');
    const { status, out } = await run({}, chunks(bytes.subarray(0, -2), bytes.subarray(-2)));
    expect(status).toBe(0);
    expect(out).toContain('pull-qps-exceeded');
  });

  it('gives JSON', async () => {
    const { out } = await run({ text: TAG, json: true });
    expect(JSON.parse(out).causes[0]).toMatchObject({ id: 'tag-not-found', confidence: 'likely' });
  });

  it.each([{ text: '' }, { text: '  ' }, {}])('is wrong usage with nothing to read: %j', async (options) => {
    const { status, out, err } = await run(options);
    expect(status).toBe(2);
    expect(out).toBe('');
    expect(err).toMatch(/^pullmedic explain: .*\n$/);
  });

  it.each([{ jsonl: false }, { jsonl: true }])('does not wait at a terminal: %j', async (options) => {
    const { status, err } = await run(options, Object.assign(chunks(), { isTTY: true }));
    expect(status).toBe(2);
    expect(err.trimEnd().split('\n')).toHaveLength(1);
  });
});

describe('pullmedic explain --jsonl', () => {
  it('answers each line in order, and goes on after one that is not JSON', async () => {
    const lines = [
      JSON.stringify({ id: 'a', message: TAG }),
      '{"id": "b", "message": ',
      JSON.stringify({ id: 'c', message: '', reason: 'ErrImageNeverPull', image: 'a/b:1' }),
      JSON.stringify({ id: 7, message: 'the moon is full' }),
      JSON.stringify({ id: 'd' }),
      '[]',
      'null',
    ];
    const { status, out } = await run(
      { jsonl: true },
      chunks(lines.join('\n').slice(0, 100), `${lines.join('\n').slice(100)}\n`),
    );
    const answers = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(status).toBe(0);
    expect(answers.map(({ id, causes, error }) => [id, causes?.[0]?.id ?? typeof error])).toEqual([
      ['a', 'tag-not-found'],
      [null, 'string'],
      ['c', 'image-never-pull'],
      [7, 'unknown'],
      ['d', 'string'],
      [null, 'string'],
      [null, 'string'],
    ]);
  });

  it('gives evidence as sentences, and no detail where there is none', async () => {
    const { out } = await run({ jsonl: true }, chunks(`${JSON.stringify({ id: 'a', message: TAG })}`));
    const [cause] = JSON.parse(out).causes;
    expect(Object.keys(cause)).toEqual(['id', 'confidence', 'evidence']);
    expect(cause.evidence.every((sentence: unknown) => typeof sentence === 'string' && sentence !== '')).toBe(true);
  });

  it('shows no credential that stood in a message', async () => {
    const message = 'Get "https://ci:hunter2@r.example.com/v2/?sig=abc123": EOF';
    const { out } = await run({ jsonl: true }, chunks(JSON.stringify({ id: 'a', message })));
    expect(out).not.toMatch(/hunter2|abc123/);
  });
});
