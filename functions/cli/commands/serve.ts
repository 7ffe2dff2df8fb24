import { type Command, InvalidArgumentError } from 'commander';
import type { CommandContext } from '../dependencies.ts';
import { serve } from '../serve.ts';

interface ServeOptions {
  readonly data: string;
  readonly config?: string;
  readonly host: string;
  readonly port: number;
  readonly json?: true;
}

export function addServe(program: Command, { io, deps, end }: CommandContext): void {
  program
    .command('serve')
    .description('The whole of pullmedic in one process: takes alerts, looks, writes to Slack. Until SIGTERM.')
    .option('--data <dir>', 'where the state is kept; one process a folder', './pullmedic-data')
    .option('--config <file>', 'pullmedic.yaml, or ssm:NAME; else PULLMEDIC_CONFIG, else ./pullmedic.yaml')
    .option('--host <address>', 'address to listen on; 0.0.0.0 = every one', '127.0.0.1')
    .option('--port <n>', 'port to listen on; 0 = any free one', parsePort, 8787)
    .option('--json', 'one JSON line on standard output once it is ready: {"ready":true,"url":…}')
    .addHelpText(
      'after',
      '\nExample:\n  pullmedic serve --config pullmedic.yaml --data /var/lib/pullmedic --host 0.0.0.0',
    )
    .action(async ({ json, config, ...options }: ServeOptions) => {
      end(await serve({ ...options, config, json: json === true }, io, deps.serve));
    });
}

function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError('It must be a number from 0 to 65535.');
}
