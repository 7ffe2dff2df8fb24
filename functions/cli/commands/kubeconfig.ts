import { Argument, type Command } from 'commander';
import type { CommandContext } from '../dependencies.ts';
import { IDENTITIES, type Identity, printKubeconfig } from '../identity-kubeconfig.ts';

interface KubeconfigCommand {
  readonly namespace: string;
  readonly context?: string;
}

export function addKubeconfig(program: Command, { io, deps, end }: CommandContext): void {
  program
    .command('kubeconfig')
    .addArgument(new Argument('<identity>', 'which of the identities of infra/kubernetes').choices(IDENTITIES))
    .description('Prints the kubeconfig of one of pullmedic’s identities, token included: for a store of secrets.')
    .option('-n, --namespace <namespace>', 'where infra/kubernetes is installed', 'pullmedic')
    .option('--context <name>', 'context of your kubeconfig; else its current one')
    .addHelpText(
      'after',
      `
Needs infra/kubernetes/overlays/external, and you as somebody who may read its Secrets.

Example:
  pullmedic kubeconfig triage > triage.kubeconfig`,
    )
    .action(async (identity: Identity, { namespace, context }: KubeconfigCommand) => {
      const kubeconfig = await deps.readKubeconfig();
      end(
        await deps.withSecrets(context, ({ writer }) =>
          printKubeconfig({ identity, namespace, context }, { kubeconfig, writer }, io),
        ),
      );
    });
}
