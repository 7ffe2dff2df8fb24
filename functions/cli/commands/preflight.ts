import type { Command } from 'commander';
import type { CommandContext } from '../dependencies.ts';
import { parseFailOn } from '../fail-on.ts';
import { UsageError } from '../io.ts';
import { preflight } from '../preflight.ts';
import { readManifests } from '../preflight-manifests.ts';

interface PreflightOptions {
  readonly filename?: readonly string[];
  readonly namespace?: string;
  readonly allNamespaces?: true;
  readonly context?: string;
  readonly platform?: readonly string[];
  /** `false` with --no-registry. */
  readonly registry: boolean;
  readonly failOn?: readonly string[];
  readonly json?: true;
}

export function addPreflight(program: Command, { io, deps, end }: CommandContext): void {
  program
    .command('preflight')
    .description(
      'What would fail at the next pull, soonest first: of a cluster, or of manifests before they are applied.',
    )
    .option('-A, --all-namespaces', 'all namespaces of the cluster')
    .option('-n, --namespace <namespace>', 'a namespace of the cluster; with -f that of manifests which name none')
    .option('-f, --filename <path...>', 'manifests, folders of them, or - for standard input: checked instead')
    .option('--context <name>', 'context of the kubeconfig; with -f its nodes and secrets are read too')
    .option('--platform <os/arch...>', 'platforms that every image must have, such as linux/arm64')
    .option('--no-registry', 'ask no registry')
    .option('--fail-on <what...>', 'end with status 1 for these: any, now, next-node, 24h, unchecked, or kinds')
    .option('--json', 'one JSON object: {"findings": […], "gaps": […], "checked": {…}}')
    .addHelpText('after', EXAMPLE)
    .action(async (options: PreflightOptions) => {
      end(await run(options, { io, deps, end }));
    });
}

const EXAMPLE = `
It changes nothing. The registries that are asked are those of diagnose: the
well-known public ones, and those of the configuration that PULLMEDIC_CONFIG
names. docs/preflight.md lists the kinds of findings.

Example:
  pullmedic preflight -A
  pullmedic preflight -A --context prod-eu --fail-on 24h --json
  helm template . | pullmedic preflight -f - --fail-on now,unchecked`;

async function run(options: PreflightOptions, { io, deps }: CommandContext): Promise<number> {
  const { filename: paths = [], namespace, allNamespaces, context, platform = [] } = options;
  const isOfFiles = paths.length > 0;
  if (isOfFiles && allNamespaces === true) {
    throw new UsageError('preflight: -f checks manifests; leave out -A, and name a cluster for them with --context');
  }
  if (!isOfFiles && (namespace === undefined) === (allNamespaces !== true)) {
    throw new UsageError('preflight: give -A, -n NAMESPACE, or manifests with -f PATH');
  }
  const failOn = options.failOn === undefined ? undefined : parseFailOn(options.failOn);
  if (failOn !== undefined && 'problem' in failOn) throw new UsageError(`preflight: ${failOn.problem}`);
  const platforms = platform.flatMap((text) => text.split(','));
  const wrong = platforms.find((text) => !/^[a-z0-9]+\/[a-z0-9]+$/.test(text));
  if (wrong !== undefined) throw new UsageError(`preflight: --platform takes such as linux/arm64, not '${wrong}'`);

  const manifests = isOfFiles ? await readManifests(paths, namespace ?? 'default', io) : undefined;
  // Before the cluster is read: a configuration that cannot be used is told at once.
  const registry = options.registry ? await deps.openRegistry() : undefined;
  const command = {
    namespace: isOfFiles ? undefined : namespace,
    context,
    manifests,
    isClusterRead: !isOfFiles || context !== undefined,
    platforms,
    failOn,
    json: options.json === true,
    now: deps.clock.now(),
  };
  return preflight(command, registry, deps.preflight, io);
}
