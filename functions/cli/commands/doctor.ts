import type { Command } from 'commander';
import type { CommandContext } from '../dependencies.ts';
import { type DoctorOptions, doctor } from '../doctor.ts';

/** `pullmedic doctor`. */
export function addDoctor(program: Command, { io, deps, end }: CommandContext): void {
  program
    .command('doctor')
    .description('Whether an installation works: configuration, clusters, AWS, Slack, webhook. It changes nothing.')
    .option('--config <file>', 'pullmedic.yaml, or ssm:NAME; else PULLMEDIC_CONFIG, else ./pullmedic.yaml')
    .option('--only <areas>', 'of config,cluster,aws,slack,webhook, separated by commas')
    .option('--cluster <name>', 'only this of the configured clusters')
    .option('--webhook-url <url>', 'where Alertmanager posts: each configured token is tried there')
    .option('--json', 'one JSON object: {"checks": […], "summary": {…}}')
    .addHelpText('after', '\nExample:\n  pullmedic doctor --webhook-url https://pullmedic.example.com/alerts/prod-eu')
    .action(async (options: DoctorOptions) => {
      end(await doctor(options, deps.doctor, io));
    });
}
