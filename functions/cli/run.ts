import { Command, CommanderError } from 'commander';
import { ConfigError, PullmedicError } from '../../shared/domain/errors.ts';
import { addDiagnose } from './commands/diagnose.ts';
import { addDoctor } from './commands/doctor.ts';
import { addExplain } from './commands/explain.ts';
import { addKubeconfig } from './commands/kubeconfig.ts';
import { addPreflight } from './commands/preflight.ts';
import { addPrepull } from './commands/prepull.ts';
import { addRecords } from './commands/records.ts';
import { addRefresh } from './commands/refresh.ts';
import { addSecrets } from './commands/secrets.ts';
import { addServe } from './commands/serve.ts';
import type { CliDependencies, CommandContext } from './dependencies.ts';
import { type CliIo, EXIT, UsageError } from './io.ts';

export type { CliDependencies } from './dependencies.ts';

/** The commands, in the order in which --help lists them. */
const COMMANDS: readonly ((program: Command, context: CommandContext) => void)[] = [
  addExplain,
  addDiagnose,
  addSecrets,
  addRefresh,
  addPreflight,
  addPrepull,
  addDoctor,
  addRecords,
  addServe,
  addKubeconfig,
];

/** Runs one command line. @returns the exit status: 0 done, 1 something failed, 2 wrong usage or unreadable input */
export async function run(args: readonly string[], io: CliIo, deps: CliDependencies): Promise<number> {
  if (args.length === 0) {
    io.stderr(`pullmedic: give a command: ${namesOf(createProgram(io, deps, () => {}))}; --help tells more\n`);
    return EXIT.usage;
  }
  let status: number = EXIT.done;
  const program = createProgram(io, deps, (ended) => {
    status = ended;
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return status;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    if (error instanceof UsageError || error instanceof PullmedicError) {
      io.stderr(`pullmedic: ${error.message}\n`);
      // A context that the kubeconfig does not have is input like any other.
      return error instanceof UsageError || error instanceof ConfigError ? EXIT.usage : EXIT.failed;
    }
    throw error;
  }
}

function createProgram(io: CliIo, deps: CliDependencies, end: (status: number) => void): Command {
  const program = new Command('pullmedic')
    .description('Why a pod cannot pull its image, and what to do about it.')
    .version(deps.about.version, '--version', 'the version of this copy')
    .exitOverride()
    .configureOutput({
      getOutHelpWidth: () => Math.min(80, io.columns),
      writeOut: io.stdout,
      writeErr: io.stderr,
      // One line says what is wrong; whoever wants more asks for --help.
      outputError: (text, write) =>
        write(
          `${text
            .trim()
            .replace(/^error: /, 'pullmedic: ')
            .replace(/\s*\n\s*/g, ' ')}\n`,
        ),
    });
  for (const add of COMMANDS) add(program, { io, deps, end });
  return program;
}

/** `a, b or c` */
function namesOf({ commands }: Command): string {
  const names = commands.map((one) => one.name());
  return `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}
