import { createPlainLog } from '../../shared/adapters/log/plain-log.ts';
import { HELP, parseStartArguments, type StartArguments } from './arguments.ts';
import { checkScenarioNames } from './stack/run-scenarios.ts';
import { type RealSlack, type Stack, startStack } from './stack/stack.ts';

const DEFAULT_PORT = 8787;
/** Everything ends within 2 s; what hangs then is ended with the process. */
const EXIT_AFTER_MS = 1_800;

async function main(): Promise<number> {
  const args = readArguments();
  if (args === undefined) return 2;
  if (args.isHelp) {
    process.stdout.write(HELP);
    return 0;
  }
  const port = readPort();
  const realSlack = readSlack();
  if (port === undefined || realSlack === 'incomplete') return 2;
  // With --json standard output belongs to the one line.
  const out = args.isJson ? process.stderr : process.stdout;
  const log = createPlainLog({
    write: (line) => process.stderr.write(line),
    level: args.isVerbose ? 'info' : 'error',
  });

  const stopped = waitForSignal();
  let stack: Stack;
  try {
    stack = await startStack({
      port,
      scenarios: args.scenarios,
      repairsFirst: args.scenarios === undefined && !args.isJson,
      data: args.data,
      realKubeconfig: process.env['KUBECONFIG'] || undefined,
      realSlack,
      log,
      say: (channel, text) => out.write(`${time()}  ${channel ? `#${channel}  ` : ''}${text}\n`),
    });
  } catch (error) {
    process.stderr.write(`pullmedic: ${explain(error, port)}\n`);
    return 1;
  }
  if (args.isJson) process.stdout.write(`${JSON.stringify(stack.ready)}\n`);
  else process.stdout.write(greeting(stack));

  await stopped;
  setTimeout(() => process.exit(0), EXIT_AFTER_MS).unref();
  await stack.stop();
  return 0;
}

function readArguments(): StartArguments | undefined {
  try {
    const args = parseStartArguments(process.argv.slice(2));
    checkScenarioNames(args.scenarios ?? []);
    return args;
  } catch (error) {
    process.stderr.write(`pullmedic: ${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    return undefined;
  }
}

function readPort(): number | undefined {
  const text = process.env['PORT'];
  if (text === undefined || text === '') return DEFAULT_PORT;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  process.stderr.write(`pullmedic: PORT must be a number from 0 to 65535, not ${JSON.stringify(text)}\n`);
  return undefined;
}

function readSlack(): RealSlack | undefined | 'incomplete' {
  const { SLACK_BOT_TOKEN: token, SLACK_CHANNEL: channel, SLACK_SIGNING_SECRET: signingSecret = '' } = process.env;
  if (!token) return undefined;
  if (channel) return { token, channel, signingSecret };
  process.stderr.write(
    'pullmedic: SLACK_BOT_TOKEN is set, SLACK_CHANNEL is not: name the channel to post to, or unset the token\n',
  );
  return 'incomplete';
}

/** Listens from the first moment, so that a signal during the start is not lost. */
function waitForSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
}

function greeting({ ready }: Stack): string {
  const cluster = process.env['KUBECONFIG'] ? `the cluster of ${ready.kubernetes.kubeconfig}` : 'an embedded cluster';
  return `
  pullmedic runs on ${cluster}. The page:  ${ready.console}

  kubectl --kubeconfig ${ready.kubernetes.kubeconfig} get pods -A
  Ctrl-C ends everything.

`;
}

function explain(error: unknown, port: number): string {
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    return `port ${port} is taken by another process: end it, or choose another port with PORT=8788 npm start`;
  }
  return error instanceof Error ? error.message : String(error);
}

function time(): string {
  return new Date().toISOString().slice(11, 19);
}

process.exit(await main());
