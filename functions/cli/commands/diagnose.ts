import { type Command, InvalidArgumentError } from 'commander';
import { parseInstant } from '../../../shared/domain/instant.ts';
import type { CliDependencies, CommandContext } from '../dependencies.ts';
import { type PodName, printDiagnosis } from '../diagnose.ts';
import { type CliIo, EXIT, UsageError } from '../io.ts';
import { type LiveScope, readCluster } from '../read-cluster.ts';
import { readObjects } from '../read-objects.ts';
import { readSources } from '../read-sources.ts';

interface DiagnoseOptions {
  readonly filename?: readonly string[];
  readonly at?: number;
  readonly namespace?: string;
  readonly allNamespaces?: true;
  readonly context?: string;
  /** `false` with --no-registry. */
  readonly registry: boolean;
  readonly json?: true;
}

export function addDiagnose(program: Command, { io, deps, end }: CommandContext): void {
  program
    .command('diagnose')
    .argument('[pod]', 'NAMESPACE/POD, or POD with -n')
    .description('Why containers cannot get their image: of a cluster, or of recorded objects.')
    .option(
      '-f, --filename <file...>',
      'recorded objects, Lists or a stream of them, JSON or YAML; - is standard input',
    )
    .option('--at <time>', '"now" of recorded objects, such as 2026-11-22T09:16:00Z; else their newest time', parseTime)
    .option('-n, --namespace <namespace>', 'a namespace of the cluster')
    .option('-A, --all-namespaces', 'all namespaces of the cluster')
    .option('--context <name>', 'context of the kubeconfig; else its current one')
    .option('--no-registry', 'ask no registry; with -f none is asked anyway')
    .option('--json', 'one JSON object: {"failures": […]}')
    .addHelpText('after', DIAGNOSE_EXAMPLE)
    .action(async (pod: string | undefined, options: DiagnoseOptions) => {
      end(await diagnose(pod, options, io, deps));
    });
}

const DIAGNOSE_EXAMPLE = `
The registries of a cluster's failing images are asked too, with the pods' pull
secrets: well-known public ones, and those under "registries:" and "ecr:" of the
configuration that PULLMEDIC_CONFIG names. No other host is asked.

Example:
  pullmedic diagnose -n shop
  pullmedic diagnose shop/checkout-7c9d8-x2x4p --context prod-eu
  kubectl get -o json \\
    pods,events,secrets,serviceaccounts,nodes,replicasets,deployments |
    pullmedic diagnose -f -`;

async function diagnose(
  pod: string | undefined,
  options: DiagnoseOptions,
  io: CliIo,
  deps: CliDependencies,
): Promise<number> {
  const json = options.json === true;
  const { filename: files = [] } = options;
  if (files.length > 0) {
    if (
      pod !== undefined ||
      options.namespace !== undefined ||
      options.allNamespaces ||
      options.context !== undefined
    ) {
      throw new UsageError('diagnose: -f looks at recorded objects only; leave out the pod, -n, -A and --context');
    }
    const sources = await readSources(files, io);
    return printDiagnosis(readObjects(sources, { at: options.at, clock: deps.clock.now() }), { json }, io);
  }

  if (options.at !== undefined) throw new UsageError('diagnose: --at needs recorded objects (-f)');
  const { scope, only } = parseTarget(pod, options);
  const at = { cluster: options.context ?? 'current context', observedAt: deps.clock.now() };
  // Before the cluster is read: a configuration that cannot be used is told at once.
  const registry = options.registry ? await deps.openRegistry() : undefined;
  const snapshot = await deps.withCluster(options.context, (reader) => readCluster(reader, scope, at));
  if (only !== undefined && !snapshot.pods.some(({ metadata }) => metadata?.name === only.name)) {
    io.stderr(`pullmedic: there is no pod ${only.namespace}/${only.name}\n`);
    return EXIT.failed;
  }
  return printDiagnosis(snapshot, { json, only, registry }, io);
}

function parseTarget(
  pod: string | undefined,
  { namespace, allNamespaces }: DiagnoseOptions,
): { readonly scope: LiveScope; readonly only: PodName | undefined } {
  if (pod === undefined) {
    if (allNamespaces === true && namespace === undefined) return { scope: { kind: 'all' }, only: undefined };
    if (allNamespaces !== true && namespace !== undefined) {
      return { scope: { kind: 'namespace', namespace }, only: undefined };
    }
    throw new UsageError('diagnose: give NAMESPACE/POD, -n NAMESPACE, -A, or recorded objects with -f FILE');
  }
  const [first = '', second, ...rest] = pod.split('/');
  const at = second === undefined ? { namespace: namespace ?? '', name: first } : { namespace: first, name: second };
  const isClear = second === undefined ? namespace !== undefined : namespace === undefined || namespace === first;
  if (!isClear || allNamespaces === true || rest.length > 0 || at.namespace === '' || at.name === '') {
    throw new UsageError('diagnose: name one pod as NAMESPACE/POD, or as POD with -n NAMESPACE');
  }
  return { scope: { kind: 'namespace', namespace: at.namespace }, only: at };
}

function parseTime(text: string): number {
  const at = parseInstant(text);
  if (at === undefined) throw new InvalidArgumentError('It must be a time such as 2026-11-22T09:16:00Z.');
  return at;
}
