import type { Command } from 'commander';
import type { CliDependencies, CommandContext } from '../dependencies.ts';
import { type CliIo, UsageError } from '../io.ts';
import { printSecrets } from '../secrets.ts';

interface SecretsCommand {
  readonly namespace?: string;
  readonly allNamespaces?: true;
  readonly context?: string;
  readonly json?: true;
}

export function addSecrets(program: Command, { io, deps, end }: CommandContext): void {
  program
    .command('secrets')
    .description('Pull secrets: registry, kind, expiry, who uses and who owns each; soonest expiry first.')
    .option('-n, --namespace <namespace>', 'a namespace of the cluster')
    .option('-A, --all-namespaces', 'all namespaces of the cluster')
    .option('--context <name>', 'context of the kubeconfig; else its current one')
    .option('--json', 'one JSON object: {"secrets": […]}')
    .addHelpText('after', '\nExample:\n  pullmedic secrets -A --context prod-eu')
    .action(async (options: SecretsCommand) => {
      end(await secrets(options, io, deps));
    });
}

async function secrets(options: SecretsCommand, io: CliIo, deps: CliDependencies): Promise<number> {
  const { namespace, allNamespaces, context } = options;
  if ((namespace === undefined) === (allNamespaces !== true)) throw new UsageError('secrets: give -n NAMESPACE or -A');
  const json = options.json === true;
  return deps.withSecrets(context, (cluster) =>
    printSecrets({ namespace, json }, { ...cluster, now: deps.clock.now() }, io),
  );
}
