import { describe, expect, it } from '@jest/globals';
import { explain } from '../../functions/cli/explain.ts';

async function* chunks(...parts: (string | Buffer)[]) {
  yield* parts;
}

async function run(
  options: { text?: string; jsonl?: boolean; json?: boolean; report?: boolean; columns?: number; hasColours?: boolean },
  stdin: AsyncIterable<string | Buffer> & { isTTY?: boolean } = chunks(),
) {
  let out = '';
  let err = '';
  const { columns = 80, hasColours = false, ...rest } = options;
  const io = {
    stdin,
    stdout: (text: string) => (out += text),
    stderr: (text: string) => (err += text),
    columns,
    hasColours,
  };
  const status = await explain({ jsonl: false, json: false, report: false, ...rest }, io, {
    version: '1.2.3',
    issues: 'https://example.com/issues',
  });
  return { status, out, err };
}

const TAG =
  'Failed to pull image "nginx:9.99": rpc error: code = NotFound desc = failed to pull and unpack image "docker.io/library/nginx:9.99": failed to resolve reference "docker.io/library/nginx:9.99": docker.io/library/nginx:9.99: not found';

describe('pullmedic explain', () => {
  it('says what a text means, why, and what to do', async () => {
    const { status, out, err } = await run({ text: TAG });
    expect(status).toBe(0);
    expect(err).toBe('');
    const lines = out.split('\n');
    expect(lines[0]).toBe('Tag 9.99 does not exist');
    expect(lines[1]).toMatch(/^Do: \w+/);
    expect(lines[2]).toBe('  cause  Tag does not exist (tag-not-found), likely');
    expect(lines).toContain("      skopeo list-tags 'docker://docker.io/library/nginx'");
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
    await expect(run(options)).rejects.toThrow(/^explain: give the error text .*$/);
  });

  it.each([{ jsonl: false }, { jsonl: true }])('does not wait at a terminal: %j', async (options) => {
    const typed = Object.assign(chunks(), { isTTY: true });
    await expect(run(options, typed)).rejects.toThrow(/^explain: give the error text .*$/);
  });

  it.each([40, 60, 200])('keeps to %d columns, but for commands', async (columns) => {
    const { out } = await run({ text: TAG, columns });
    const tooLong = out.split('\n').filter((line) => line.length > Math.min(columns, 120) && !/^ {6}\S/.test(line));
    expect(tooLong).toEqual([]);
  });

  it('gives no command about a host that nobody named', async () => {
    const { out } = await run({ text: 'x509: certificate signed by unknown authority' });
    expect(out).toContain('tls-unknown-ca');
    expect(out).not.toContain('https://unknown');
  });

  it('has colours only where asked', async () => {
    expect((await run({ text: TAG })).out).not.toContain('\u001b');
    expect((await run({ text: TAG, hasColours: true })).out).toContain('\u001b[1m\u001b[31mTag 9.99');
  });

  it('says that it looked at the beginning of a long text only', async () => {
    const { status, out, err } = await run({}, chunks(`${TAG}\n`, 'x'.repeat(1024 * 1024)));
    expect(status).toBe(0);
    expect(out).toContain('tag-not-found');
    expect(err).toMatch(/^pullmedic: only the first 16 KiB of 1025 KiB are looked at\n$/);
  });
});

describe('pullmedic explain --report', () => {
  const TEXT =
    'Failed to pull image "123456789012.dkr.ecr.eu-west-1.amazonaws.com/acme/shop:v7": failed to pull and unpack image "123456789012.dkr.ecr.eu-west-1.amazonaws.com/acme/shop:v7": failed to resolve image: the moon is full in shop';

  it('is a report that tells everything but whose it is', async () => {
    const { status, out } = await run({ text: TEXT, report: true });
    expect(status).toBe(0);
    expect(out).toMatch(
      /^<!-- .* file it at: https:\/\/example\.com\/issues -->\n# Pull error not recognised: the moon is full/,
    );
    expect(out).toContain(
      '- pullmedic 1.2.3\n- Diagnosed: `unknown` possible\n- Runtime, by its wording: containerd 2.1 or later',
    );
    expect(out).toContain('- `<host-1>` is Amazon ECR');
    expect(out).toMatch(/- Fingerprint: [0-9a-f]{12}\n/);
    expect(out).toContain('Failed to pull image "<host-1>/<repo-1>:<tag-1>": ');
    expect(out).not.toMatch(/acme|123456789012|\bshop\b|eu-west/);
  });

  it('gives JSON, in which the evidence is as anonymous', async () => {
    const { out } = await run({ text: TAG.replaceAll('library/nginx', 'acme/shop'), report: true, json: true });
    const { causes, report } = JSON.parse(out);
    expect(causes[0]).toMatchObject({ id: 'tag-not-found', confidence: 'likely' });
    expect(report).toMatchObject({
      version: '1.2.3',
      runtime: 'containerd 1.x or 2.0',
      fileAt: 'https://example.com/issues',
    });
    expect(report.text).toContain('<repo-1>');
    expect(out).not.toMatch(/acme|shop/);
  });

  it('cannot be left by backticks in the text', async () => {
    const { out } = await run({ text: 'oops\n````\n# not a heading of ours', report: true });
    expect(out).toContain('`````text\noops\n````\n');
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
