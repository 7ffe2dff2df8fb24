import { ConfigError } from '../../shared/domain/errors.ts';
import type { Log } from '../../shared/ports/log.ts';
import { type CliIo, EXIT, UsageError } from './io.ts';

export interface ServeCommand {
  readonly data: string;
  /** `undefined` = PULLMEDIC_CONFIG, else `pullmedic.yaml` of this folder. */
  readonly config: string | undefined;
  readonly host: string;
  readonly port: number;
  readonly json: boolean;
}

/** What the command needs of the world. */
export interface ServeWorld {
  /** Starts the process' work. @throws what `functions/serve/start-serve.ts` says */
  start(command: ServeCommand): Promise<{ readonly url: string; stop(): Promise<void> }>;
  readonly log: Log;
  /** Asked before the start, so that a signal during it is not lost. */
  untilSignal(): Promise<void>;
}

/** Runs until a signal comes. @returns the exit status */
export async function serve(command: ServeCommand, io: CliIo, world: ServeWorld): Promise<number> {
  const signal = world.untilSignal();
  let running: Awaited<ReturnType<ServeWorld['start']>>;
  try {
    running = await world.start(command);
  } catch (error) {
    // Several mistakes are several lines elsewhere; whatever supervises a process shows the last one only.
    if (error instanceof ConfigError) throw new UsageError(error.message.replaceAll('\n', '; '));
    const problem = portProblem(error, command);
    if (problem === undefined) throw error;
    io.stderr(`pullmedic: ${problem}\n`);
    return EXIT.failed;
  }
  const { url } = running;
  if (command.json) {
    const line = { ready: true, url, alerts: `${url}alerts`, metrics: `${url}metrics`, data: command.data };
    io.stdout(`${JSON.stringify(line)}\n`);
  }
  world.log.info('ready', { url, data: command.data });
  await signal;
  world.log.info('ending', {});
  await running.stop();
  return EXIT.done;
}

/** The server's error in words. `undefined` = it is not about the address. */
function portProblem(error: unknown, { host, port }: ServeCommand): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'EADDRINUSE':
      return `port ${port} of ${host} is taken by another process: end it, or choose another with --port`;
    case 'EACCES':
      return `port ${port} of ${host} may not be opened by this user: choose one above 1023 with --port`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${host} is no address of this machine: choose another with --host`;
    default:
      return undefined;
  }
}
