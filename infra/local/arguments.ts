import { parseArgs } from 'node:util';

/** What `npm start -- …` was asked for. */
export interface StartArguments {
  readonly isJson: boolean;
  readonly isHelp: boolean;
  readonly isVerbose: boolean;
  /** Scenario ids; `undefined` = the whole list. */
  readonly scenarios: readonly string[] | undefined;
  readonly data: string | undefined;
}

export const HELP = `npm start -- [--json] [--scenarios none|a,b] [--data DIR] [--verbose]

  --json            print one line of JSON with every address and token when ready
  --scenarios a,b   start only these; none = an empty, healthy cluster
  --data DIR        keep the state (incidents, messages) across restarts
  --verbose         log what the handlers do
  PORT=…            port of the console; 8787 when left out
  KUBECONFIG=…      look at that cluster instead of the embedded one
  SLACK_BOT_TOKEN=… SLACK_CHANNEL=…   post to that Slack instead of the embedded one
`;

/** @throws {TypeError} for an option that does not exist, with a sentence for the user */
export function parseStartArguments(argv: readonly string[]): StartArguments {
  const { values } = parseArgs({
    args: [...argv],
    allowPositionals: false,
    options: {
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
      verbose: { type: 'boolean', default: false },
      scenarios: { type: 'string' },
      data: { type: 'string' },
    },
  });
  const { scenarios } = values;
  return {
    isJson: values.json,
    isHelp: values.help,
    isVerbose: values.verbose,
    scenarios: scenarios === undefined ? undefined : scenarios === 'none' ? [] : scenarios.split(',').filter(Boolean),
    data: values.data,
  };
}
