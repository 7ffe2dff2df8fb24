import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createRemedyRecordsWorld } from '../../functions/cli/remedy-records.ts';
import { type CliDependencies, run } from '../../functions/cli/run.ts';
import { openDatabase } from '../../shared/adapters/sqlite/open-database.ts';
import { createSqliteRecordStore } from '../../shared/adapters/sqlite/sqlite-record-store.ts';
import { createRecordRemedyStore } from '../../shared/flows/record-remedy-store.ts';
import { auditOf, feedbackOf } from '../support/remedy-builders.ts';

const NOW = Date.parse('2026-11-22T09:30:00Z');
const AT = Date.parse('2026-11-22T09:16:00Z');
const DAY = 86_400_000;
const clock = { now: () => NOW };
const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'cli.md'), 'utf8');

describe('audit and feedback, of the folder of serve', () => {
  let data: string;

  beforeAll(async () => {
    data = mkdtempSync(join(tmpdir(), 'pullmedic-audit-'));
    const db = openDatabase(join(data, 'pullmedic.db'));
    const store = createRecordRemedyStore(createSqliteRecordStore({ db, clock }));
    const image = 'registry.example.com/shop/web';
    await store.writeAudit(
      auditOf(AT, {
        outcome: 'verified',
        changes: [
          {
            change: {
              kind: 'set-images',
              workload: { kind: 'Deployment', namespace: 'shop', name: 'web' },
              containers: [{ name: 'app', isInit: false, before: `${image}:v2`, after: `${image}:v1` }],
            },
            result: { kind: 'done', at: AT },
          },
        ],
      }),
    );
    const why = 'pod shop/web-1 was changed meanwhile (a container of it has started): left alone';
    const pod = { kind: 'delete-pod', namespace: 'shop', name: 'web-1', uid: 'u', node: 'n', controller: 'x' } as const;
    const found = 'a container of it has started';
    await store.writeAudit(
      auditOf(AT - DAY, {
        offerId: 'offer-2',
        remedyId: 'retry-now',
        by: 'policy',
        rule: 'retry',
        outcome: 'stopped',
        why,
        changes: [{ change: pod, result: { kind: 'changed', by: undefined, found } }],
      }),
    );
    await store.writeAudit(auditOf(AT - 8 * DAY, { offerId: 'old', why: 'evil\u001b[31m\nred' }));
    await store.writeFeedback(feedbackOf(AT));
    db.close();
  });
  afterAll(() => rmSync(data, { recursive: true }));

  async function cli(...args: readonly string[]) {
    let [output, errors] = ['', ''];
    const stdout = (text: string) => {
      output += text;
    };
    const stderr = (text: string) => {
      errors += text;
    };
    const io = { stdin: Readable.from([]), stdout, stderr, hasColours: false, columns: 80 };
    const remedyRecords = createRemedyRecordsWorld({ clock, env: {} });
    const status = await run(args, io, {
      clock,
      remedyRecords,
      about: { version: '1.2.3', issues: undefined },
    } as unknown as CliDependencies);
    return { status, output, errors };
  }

  it.each(['audit --since 7d', 'feedback'])('%s prints what docs/cli.md shows', async (command) => {
    const name = command.split(' ')[0];
    const shown = new RegExp(`\\$ pullmedic ${name}[^\\n]*\\n([\\s\\S]*?)\`\`\``).exec(page)?.[1];
    expect(await cli(...command.split(' '), '--data', data)).toEqual({ status: 0, output: shown, errors: '' });
  });

  it('prints JSON lines for scripts', async () => {
    const { output } = await cli('audit', '--json', '--data', data);
    const entries = output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(entries).toMatchObject([
      { offerId: 'offer-1', at: '2026-11-22T09:16:00.000Z', outcome: 'verified', by: { userId: 'U1' } },
      { offerId: 'offer-2', by: 'policy', changes: [{ result: { kind: 'changed' } }] },
    ]);
    const said = JSON.parse((await cli('feedback', '--json', '--data', data)).output) as unknown;
    expect(said).toMatchObject({ causeId: 'tag-missing', words: 'the tag is there', at: '2026-11-22T09:16:00.000Z' });
  });

  it.each([
    ['30m', 1],
    ['36h', 2],
    ['9d', 3],
    ['2026-11-22T00:00:00Z', 1],
  ])('--since %s gives %i', async (since, count) => {
    const { output } = await cli('audit', '--json', '--since', since, '--data', data);
    expect(output.trim().split('\n')).toHaveLength(count);
  });

  it('lets nothing that a cluster said move the cursor', async () => {
    const { output } = await cli('audit', '--since', '9d', '--data', data);
    expect(output).not.toContain('\u001b');
    expect(output).toContain('  evil[31m red\n');
  });

  it('says that there is nothing', async () => {
    expect((await cli('audit', '--since', '1m', '--data', data)).output).toBe(
      'No remedy was used since 2026-11-22 09:29.\n',
    );
  });

  it.each([
    [['audit', '--since', 'yesterday'], /must be 7d/],
    [['audit', '--data', '/nowhere'], /no such file; give --data/],
    [['feedback', '--data', 'a', '--table', 'b'], /not both/],
  ])('%j is wrong usage', async (args, words) => {
    const { status, errors } = await cli(...args);
    expect(status).toBe(2);
    expect(errors).toMatch(words);
    expect(errors.trim().split('\n')).toHaveLength(1);
  });
});
