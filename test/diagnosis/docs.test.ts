import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { Cause } from '../../shared/diagnosis/cause.ts';
import { CAUSES } from '../../shared/diagnosis/causes/index.ts';
import { diagnose } from '../../shared/diagnosis/diagnose.ts';
import { failureFromText } from '../../shared/diagnosis/explain-text.ts';
import { quoteForShell } from '../../shared/domain/shell.ts';

const root = join(import.meta.dirname, '..', '..');
const folder = join(root, 'docs', 'causes');
const index = readFileSync(join(folder, 'README.md'), 'utf8');
const pages = CAUSES.map((cause) => ({ cause, id: cause.id, text: readFileSync(join(root, cause.docs), 'utf8') }));
const byId = pages.map((page) => [page.id, page] as const);

/** Where the words of a page may link to: what the makers of the thing say themselves. */
const OFFICIAL =
  /^https:\/\/(?:kubernetes\.io|docs\.aws\.amazon\.com|docs\.docker\.com|docs\.github\.com|learn\.microsoft\.com|cloud\.google\.com|distribution\.github\.io|github\.com\/(?:containerd\/containerd|cri-o\/cri-o|containers\/image|opencontainers\/(?:distribution|image)-spec))\//;

const HEALS: Readonly<Record<Cause['healsByWaiting'], string>> = { no: 'no', perhaps: 'perhaps', yes: 'yes' };

/** The row of a cause in the index, as it has to be. */
function rowOf({ cause, text }: { readonly cause: Cause; readonly text: string }): string {
  const paragraph = /## What it is\n\n([\s\S]+?)\n\n/.exec(text)?.[1]?.replace(/\n/g, ' ') ?? '';
  const [sentence = ''] = paragraph.split(/(?<=\.)\s/);
  const certain = canBeCertain(join(root, 'shared', 'diagnosis', 'causes', `${cause.id}.ts`)) ? 'yes' : 'no';
  return `| [${cause.title}](${cause.id}.md)<br>\`${cause.id}\` | ${sentence} | ${HEALS[cause.healsByWaiting]} | ${certain} |`;
}

/** Whether a cause, or what it takes from `support/`, gives the confidence `certain` anywhere. */
function canBeCertain(file: string, seen = new Set<string>()): boolean {
  if (seen.has(file)) return false;
  seen.add(file);
  const source = readFileSync(file, 'utf8');
  if (/(?:\?|confidence:|return)\s*'certain'/.test(source)) return true;
  const imports = [...source.matchAll(/from '(\.[^']*)'/g)].map(([, path = '']) => join(dirname(file), path));
  return imports.some((path) => path.includes('/support/') && canBeCertain(path, seen));
}

function section(text: string, heading: string): string {
  return text.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
}

describe('the index of causes', () => {
  it('has one row a cause, in the order of their names, as the table of causes and the pages have them', () => {
    const rows = index.split('\n').filter((line) => line.startsWith('| ['));
    expect(rows).toEqual(pages.map(rowOf).sort());
  });

  it('knows every page that there is', () => {
    const files = readdirSync(folder).filter((name) => name.endsWith('.md') && name !== 'README.md');
    expect(files.sort()).toEqual(CAUSES.map(({ id }) => `${id}.md`).sort());
  });
});

describe('each page', () => {
  it.each(byId)('%s says how it shows on every runtime', (_, { cause, text }) => {
    expect(text.startsWith(`# ${cause.title}\n\n\`${cause.id}\`\n`)).toBe(true);
    for (const runtime of ['containerd 1.x', 'containerd 2.x', 'CRI-O', 'Docker (cri-dockerd)']) {
      expect(text).toMatch(new RegExp(`\n### ${runtime.replace(/[().]/g, '\\$&')}\n\n\\S`));
    }
    expect(section(text, 'How it shows')).toMatch(/- Waiting reason: .*\n[\s\S]*- Event: /);
    expect(section(text, 'How to fix it')).toMatch(/### Now\n\n- [\s\S]*### For good\n\n- /);
    expect(section(text, 'Limits of this diagnosis').trim()).not.toBe('');
  });

  it.each(byId)('%s tells no refinement that it does not have', (_, { cause, text }) => {
    const told = [...section(text, 'Refinements').matchAll(/^- `([\w-]+)`:/gm)].map(([, detail]) => detail);
    expect(told.sort()).toEqual([...cause.details].sort());
  });

  it.each(byId)('%s can be proven with commands that hold together', (_, { text }) => {
    const blocks = [...text.matchAll(/^ *```bash\n([\s\S]*?)^ *```/gm)].map(([, block = '']) => block);
    expect(section(text, 'How to prove it')).toContain('```bash\n');
    for (const line of blocks.flatMap((block) => block.trimEnd().split('\n'))) {
      // Every quote that opens closes on its line, and no typographic one has crept in.
      const bare = line
        .replace(/\\./g, '')
        .replace(/'[^']*'/g, '')
        .replace(/"[^"]*"/g, '');
      expect(bare).not.toMatch(/["'“”‘’]/);
      expect(line).not.toMatch(/<[A-Z]+>/);
    }
  });

  it.each(byId)('%s ends with links to what is official, and links to no page that is not there', (_, { text }) => {
    const official = [...section(text, 'Official links').matchAll(/^- \[[^\]]+\]\(([^)]+)\)$/gm)].map(
      ([, url = '']) => url,
    );
    expect(official.length).toBeGreaterThan(0);
    expect(official.filter((url) => !OFFICIAL.test(url))).toEqual([]);
    expect(section(text, 'Official links').trim().split('\n')).toHaveLength(official.length);
    const others = [...text.matchAll(/\]\((?!https:)([^)#]+)(?:#[^)]*)?\)/g)].map(([, file = '']) => file);
    expect(others.filter((file) => !readdirSync(folder).includes(file))).toEqual([]);
  });

  it.each(byId)('%s is our own: it names no other product that diagnoses', (_, { text }) => {
    expect(text).not.toMatch(/k8sgpt|robusta|komodor|botkube|holmes|datadog|netdata|sysdig|stack ?overflow/i);
  });
});

/** What stands for a name in the words of a page, and one of that kind. */
const NAMES: readonly (readonly [RegExp, string])[] = [
  [/sha256:(?:…|[AB]\b)/g, `sha256:${'0f'.repeat(32)}`],
  [/\bREF\b/g, 'r.example.com/team/app:v1'],
  [/\b(?:HOST|MIRROR)\b/g, 'r.example.com'],
  [/\bREPO\b/g, 'team/app'],
  [/\bTAG\b/g, 'v1'],
  [/\bIP\b/g, '192.0.2.1'],
  [/\bPORT\b/g, '5000'],
  [/\bACCOUNT\b/g, '123456789012'],
  [/\bREGION\b/g, 'eu-west-1'],
];

/** The words that a page shows for its runtimes, one a line. */
const wordings = pages.flatMap(({ id, text }) =>
  [...section(text, 'How it shows').matchAll(/```text\n([\s\S]*?)```/g)]
    .flatMap(([, block = '']) => block.trim().split('\n'))
    .map((wording) => [id, wording] as const),
);

describe('the words that a page shows', () => {
  it.each(wordings)('%s: %s', (id, wording) => {
    const text = NAMES.reduce((shown, [name, value]) => shown.replace(name, value), wording);
    expect(diagnose(failureFromText({ text }, 0)).map(({ causeId }) => causeId)).toContain(id);
  });
});

describe('what the pages show', () => {
  it('is never a value that a shell would take apart', () => {
    const assignments = pages.flatMap(({ text }) =>
      [...text.matchAll(/^\s*(?:[A-Z_]+=(\S+) ?)+$/gm)].map(([line]) => line.trim()),
    );
    expect(assignments.length).toBeGreaterThan(20);
    for (const value of assignments.flatMap((line) => line.split(' ').map((part) => part.split('=')[1] ?? ''))) {
      expect({
        value,
        isSafe: /^(?:[\w.:/@…-]+|'[^']*'|"?\$\(.*)$/.test(value) && quoteForShell(value) !== undefined,
      }).toEqual({
        value,
        isSafe: true,
      });
    }
  });
});
