import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { runOffline } from './offline.ts';

const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'cli.md'), 'utf8');

interface Example {
  readonly command: string;
  readonly input: string;
  readonly args: readonly string[];
  readonly output: string;
}

/** What a reader sees run: `$ pullmedic …`, or with its input `$ echo '…' | pullmedic …`, and what it prints. */
function readExamples(): readonly Example[] {
  const blocks = [...page.matchAll(/^(`{3,})console\n\$ (.*)\n([\s\S]*?)^\1$/gm)];
  return blocks.flatMap(([, , command = '', output = '']) => {
    const match = /^(?:echo '([^']*)' \| )?pullmedic (.*)$/.exec(command);
    const rest = match?.[2] ?? '';
    // A cluster or a server is not there in a test.
    if (!/^(?:explain|diagnose -f|preflight -f \S+ --no-registry|help|--help)/.test(rest)) return [];
    return [{ command, input: match?.[1] ?? '', args: splitWords(rest), output }];
  });
}

function splitWords(line: string): readonly string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? '');
}

describe('docs/cli.md', () => {
  const examples = readExamples();

  it('shows every offline command', () => {
    expect(examples.length).toBeGreaterThanOrEqual(6);
  });

  it.each(examples.map((example) => [example.command, example] as const))(
    '%s prints what it shows',
    async (_, example) => {
      const { output } = await runOffline(example.args, { input: example.input });
      expect(output).toBe(example.output);
    },
  );

  it('has a chapter for each command that there is', async () => {
    const { output } = await runOffline(['--help']);
    const commands = [...(output.split('Commands:\n')[1] ?? '').matchAll(/^ {2}([a-z]\S*)/gm)].map(([, name]) => name);
    expect(commands).toContain('explain');
    const missing = commands.filter((name) => name !== 'help' && !page.includes(`\n## pullmedic ${name}\n`));
    expect(missing).toEqual([]);
  });
});
