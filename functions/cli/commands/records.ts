import { type Command, InvalidArgumentError } from 'commander';
import { parseInstant } from '../../../shared/domain/instant.ts';
import type { Clock } from '../../../shared/ports/clock.ts';
import { audit } from '../audit.ts';
import type { CommandContext } from '../dependencies.ts';
import { parseDuration } from '../duration.ts';
import { feedback } from '../feedback.ts';
import type { RecordsOptions } from '../remedy-records.ts';

export function addRecords(program: Command, { io, deps, end }: CommandContext): void {
  for (const { name, description, read } of RECORDS) {
    program
      .command(name)
      .description(description)
      .option('--since <time>', 'how far back: 7d (as without it), 36h, 30m, or a time', parseSince(deps.clock))
      .option('--data <dir>', 'of the folder that pullmedic serve keeps; else ./pullmedic-data')
      .option('--table <name>', 'of the DynamoDB table, with your AWS credentials; else PULLMEDIC_TABLE')
      .option('--json', 'one JSON object a line')
      .addHelpText('after', `\nExample:\n  pullmedic ${name} --since 30d --table pullmedic-prod`)
      .action(async ({ since, ...options }: Omit<RecordsOptions, 'since'> & { readonly since?: number }) => {
        const now = deps.clock.now();
        end(await read({ ...options, since: since ?? now - WEEK_MS }, now, deps.remedyRecords, io));
      });
  }
}

const RECORDS = [
  {
    name: 'audit',
    description: 'Every use of a remedy: who, when, what, and what came of it; newest first.',
    read: audit,
  },
  { name: 'feedback', description: 'Diagnoses that somebody called wrong in Slack; newest first.', read: feedback },
] as const;

const WEEK_MS = 7 * 86_400_000;

function parseSince(clock: Clock): (text: string) => number {
  return (text) => {
    const ago = parseDuration(text);
    const at = ago === undefined ? parseInstant(text) : clock.now() - ago;
    if (at === undefined)
      throw new InvalidArgumentError('It must be 7d, 36h, 30m, or a time such as 2026-11-22T09:16:00Z.');
    return at;
  };
}
