import type { Command } from 'commander';
import type { CommandContext } from '../dependencies.ts';
import { explain } from '../explain.ts';

interface ExplainOptions {
  readonly report?: true;
  readonly jsonl?: true;
  readonly json?: true;
}

export function addExplain(program: Command, { io, deps, end }: CommandContext): void {
  program
    .command('explain')
    .argument('[text...]', 'the error text; standard input where there is none')
    .description('What an image-pull error text means.')
    .option('--json', 'one JSON object')
    .option('--jsonl', 'JSON lines in, {"id", "message", "reason"?, "image"?}; one line of causes out for each')
    .option('--report', 'a report of a text that was not recognised, or wrongly: without names and credentials')
    .addHelpText('after', EXPLAIN_EXAMPLE)
    .action(async (words: readonly string[], options: ExplainOptions) => {
      const text = words.length === 0 ? {} : { text: words.join(' ') };
      const { report, jsonl, json } = options;
      const chosen = { ...text, report: report === true, jsonl: jsonl === true, json: json === true };
      end(await explain(chosen, io, deps.about));
    });
}

const EXPLAIN_EXAMPLE = `
Example:
  pullmedic explain 'Failed to pull image "nginx:1.99": not found'
  kubectl describe pod web-1 | pullmedic explain
  pullmedic explain --report < error.txt`;
