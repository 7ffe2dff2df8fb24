import type { Command } from 'commander';
import type { CommandContext } from '../dependencies.ts';
import { type RefreshOptions, refresh } from '../refresh.ts';

export function addRefresh(program: Command, { io, deps, end }: CommandContext): void {
  program
    .command('refresh')
    .description('Renews the ECR pull secrets of the configured targets that are due, now.')
    .option('--dry-run', 'say what is due; ask for no token and write nothing')
    .option('-n, --namespace <namespace>', 'only this namespace of the targets')
    .option('-A, --all-namespaces', 'all namespaces of the targets; so without it')
    .option('-l, --selector <labels>', 'only secrets with these labels, such as team=shop,tier!=dev')
    .option('--config <file>', 'pullmedic.yaml, or ssm:NAME; else PULLMEDIC_CONFIG, else ./pullmedic.yaml')
    .option('--cluster <name...>', 'only these of the configured clusters')
    .option('--context <name>', 'reach the cluster by this context of the kubeconfig')
    .option('--json', 'one JSON object: {"secrets": […], "findings": […], …}')
    .addHelpText('after', '\nExample:\n  pullmedic refresh --dry-run -n shop')
    .action(async (options: RefreshOptions) => {
      end(await refresh(options, deps.refresh, io));
    });
}
