import { type Command, InvalidArgumentError, Option } from 'commander';
import { DEFAULT_HELPER_IMAGE } from '../../../shared/domain/prepull/daemon-set.ts';
import type { CommandContext } from '../dependencies.ts';
import { parseDuration } from '../duration.ts';
import { contextNamespace } from '../kubeconfig.ts';
import { prepull } from '../prepull.ts';

const TIMEOUT_MS = 15 * 60_000;

interface PrepullCommand {
  readonly namespace?: string;
  readonly pullSecret: readonly string[];
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly timeout?: number;
  readonly helperImage?: string;
  readonly priorityClass?: string;
  readonly keep?: true;
  readonly keepTags?: true;
  readonly print?: true;
  readonly context?: string;
  readonly json?: true;
}

export function addPrepull(program: Command, { io, deps, end }: CommandContext): void {
  program
    .command('prepull')
    .argument('<image...>', 'what the nodes should have; a tag is rolled out as the digest that it is now')
    .description('Puts images on every node before anything needs them, with a DaemonSet that ends with the command.')
    .option('-n, --namespace <namespace>', 'where the DaemonSet runs; else the namespace of the context')
    .addOption(
      new Option('--pull-secret <name>', 'of that namespace, once for each; else those of its service account default')
        .argParser((name: string, names: readonly string[]) => [...names, name])
        .default([], 'none'),
    )
    .option('--node-selector <labels>', 'only nodes with these labels, such as pool=web,tier=front', parseLabels)
    .option('--timeout <duration>', 'how long to wait: 15m (as without it), 90s, 1h', parseTimeout)
    .option('--helper-image <image>', `has a static /bin/busybox; else ${DEFAULT_HELPER_IMAGE.split('@')[0]}`)
    .option('--priority-class <name>', 'of its pods; else the default of the cluster')
    .option('--keep-tags', 'roll out tags as they are, and ask no registry')
    .option('--keep', 'leave the DaemonSet: new nodes get the images too, and no node clears them away')
    .option('--print', 'print the DaemonSet, and do nothing')
    .option('--context <name>', 'context of the kubeconfig; else its current one')
    .option('--json', 'one JSON object: {"end", "nodes": […], …}; progress goes to standard error')
    .addHelpText('after', PREPULL_EXAMPLE)
    .action(async (images: readonly string[], options: PrepullCommand) => {
      const { context } = options;
      const namespace = options.namespace ?? contextNamespace(await deps.readKubeconfig(), context);
      const chosen = {
        ...{ images, context, namespace, timeoutMs: options.timeout ?? TIMEOUT_MS },
        nodeSelector: options.nodeSelector ?? {},
        pullSecretNames: options.pullSecret,
        keep: options.keep === true,
        keepTags: options.keepTags === true,
        print: options.print === true,
        json: options.json === true,
        helperImage: options.helperImage,
        priorityClassName: options.priorityClass,
      };
      const openRegistry = () => (chosen.keepTags ? Promise.resolve(undefined) : deps.openRegistry());
      const world = { ...deps.prepull, clock: deps.clock, openRegistry };
      end(await prepull(chosen, world, io));
    });
}

const PREPULL_EXAMPLE = `
It runs as you, with your kubeconfig: create, get and delete daemonsets, list
pods and events. Ctrl-C deletes the DaemonSet too. Registries are asked as
diagnose asks them.

Example:
  pullmedic prepull nginx:1.27 registry.example.com/shop/web:v7 -n shop
  pullmedic prepull web@sha256:… -n shop --node-selector pool=web --print`;

function parseLabels(text: string): Readonly<Record<string, string>> {
  const pairs = text.split(',').map((part) => {
    const [, key, value] = /^([A-Za-z0-9](?:[\w./-]*[A-Za-z0-9])?)=([\w.-]*)$/.exec(part.trim()) ?? [];
    if (key === undefined || value === undefined) throw new InvalidArgumentError('It must be labels such as pool=web.');
    return [key, value] as const;
  });
  return Object.fromEntries(pairs);
}

function parseTimeout(text: string): number {
  const ms = parseDuration(text) ?? 0;
  if (ms === 0) throw new InvalidArgumentError('It must be a duration such as 90s, 15m or 1h.');
  return ms;
}
