import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { ConfigError, PullmedicError } from '../../shared/domain/errors.ts';
import { parseInstant } from '../../shared/domain/instant.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { ClusterReader } from '../../shared/ports/cluster.ts';
import type { Registry } from '../../shared/ports/registry.ts';
import type { SecretWriter } from '../../shared/ports/secret-writer.ts';
import { audit } from './audit.ts';
import type { About } from './bug-report.ts';
import { type PodName, printDiagnosis } from './diagnose.ts';
import { explain } from './explain.ts';
import { feedback } from './feedback.ts';
import { type CliIo, EXIT, UsageError } from './io.ts';
import { type LiveScope, readCluster } from './read-cluster.ts';
import { readObjects } from './read-objects.ts';
import { readSources } from './read-sources.ts';
import { type RefreshOptions, type RefreshWorld, refresh } from './refresh.ts';
import type { RecordsOptions, RemedyRecordsWorld } from './remedy-records.ts';
import { printSecrets } from './secrets.ts';
import { type ServeWorld, serve } from './serve.ts';

/** What the commands need of the world. */
export interface CliDependencies {
  readonly clock: Clock;
  /** Opens the cluster of a kubeconfig context (`undefined` = the current one), uses it and closes it again. */
  withCluster<T>(context: string | undefined, use: (reader: ClusterReader) => Promise<T>): Promise<T>;
  /**
   * The registries that may be asked: well-known ones, and those of the configuration where PULLMEDIC_CONFIG names one.
   * `undefined` where that one says `askRegistries: false`.
   * @throws {ConfigError} for a configuration that cannot be used
   */
  openRegistry(): Promise<Registry | undefined>;
  /** As `withCluster`, with what reads pull secrets. */
  withSecrets<T>(
    context: string | undefined,
    use: (cluster: { readonly reader: ClusterReader; readonly writer: SecretWriter }) => Promise<T>,
  ): Promise<T>;
  readonly refresh: RefreshWorld;
  readonly remedyRecords: RemedyRecordsWorld;
  readonly serve: ServeWorld;
  readonly about: About;
}

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

interface SecretsCommand {
  readonly namespace?: string;
  readonly allNamespaces?: true;
  readonly context?: string;
  readonly json?: true;
}

interface ServeOptions {
  readonly data: string;
  readonly config?: string;
  readonly host: string;
  readonly port: number;
  readonly json?: true;
}

interface ExplainOptions {
  readonly report?: true;
  readonly jsonl?: true;
  readonly json?: true;
}

/** Runs one command line. @returns the exit status: 0 done, 1 something failed, 2 wrong usage or unreadable input */
export async function run(args: readonly string[], io: CliIo, deps: CliDependencies): Promise<number> {
  if (args.length === 0) {
    io.stderr(
      'pullmedic: give a command: explain, diagnose, secrets, refresh, audit, feedback or serve; --help tells more\n',
    );
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

  program
    .command('explain')
    .argument('[text...]', 'the error text; standard input where there is none')
    .description('What an image-pull error text means.')
    .option('--json', 'one JSON object')
    .option('--jsonl', 'JSON lines in, {"id", "message", "reason"?, "image"?}; one line of causes out for each')
    .option('--report', 'a report of a text that was not recognised, or wrongly: without names and credentials')
    .addHelpText('after', EXPLAIN_EXAMPLE)
    .action(async (words: readonly string[], options: ExplainOptions) => {
      const text = words.length === 0 ? {} : { text: words.join(' ') };
      const { report, jsonl, json } = options;
      const chosen = { ...text, report: report === true, jsonl: jsonl === true, json: json === true };
      end(await explain(chosen, io, deps.about));
    });

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

  for (const { name, description, read } of RECORDS) {
    program
      .command(name)
      .description(description)
      .option('--since <time>', 'how far back: 7d (as without it), 36h, 30m, or a time', parseSince(deps.clock))
      .option('--data <dir>', 'of the folder that pullmedic serve keeps; else ./pullmedic-data')
      .option('--table <name>', 'of the DynamoDB table, with your AWS credentials; else PULLMEDIC_TABLE')
      .option('--json', 'one JSON object a line')
      .addHelpText('after', `\nExample:\n  pullmedic ${name} --since 30d --table pullmedic-prod`)
      .action(async ({ since, ...options }: Omit<RecordsOptions, 'since'> & { readonly since?: number }) => {
        const now = deps.clock.now();
        end(await read({ ...options, since: since ?? now - WEEK_MS }, now, deps.remedyRecords, io));
      });
  }

  program
    .command('serve')
    .description('The whole of pullmedic in one process: takes alerts, looks, writes to Slack. Until SIGTERM.')
    .option('--data <dir>', 'where the state is kept; one process a folder', './pullmedic-data')
    .option('--config <file>', 'pullmedic.yaml, or ssm:NAME; else PULLMEDIC_CONFIG, else ./pullmedic.yaml')
    .option('--host <address>', 'address to listen on; 0.0.0.0 = every one', '127.0.0.1')
    .option('--port <n>', 'port to listen on; 0 = any free one', parsePort, 8787)
    .option('--json', 'one JSON line on standard output once it is ready: {"ready":true,"url":…}')
    .addHelpText(
      'after',
      '\nExample:\n  pullmedic serve --config pullmedic.yaml --data /var/lib/pullmedic --host 0.0.0.0',
    )
    .action(async ({ json, config, ...options }: ServeOptions) => {
      end(await serve({ ...options, config, json: json === true }, io, deps.serve));
    });
  return program;
}

const RECORDS = [
  {
    name: 'audit',
    description: 'Every use of a remedy: who, when, what, and what came of it; newest first.',
    read: audit,
  },
  { name: 'feedback', description: 'Diagnoses that somebody called wrong in Slack; newest first.', read: feedback },
] as const;

const EXPLAIN_EXAMPLE = `
Example:
  pullmedic explain 'Failed to pull image "nginx:1.99": not found'
  kubectl describe pod web-1 | pullmedic explain
  pullmedic explain --report < error.txt`;

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

async function secrets(options: SecretsCommand, io: CliIo, deps: CliDependencies): Promise<number> {
  const { namespace, allNamespaces, context } = options;
  if ((namespace === undefined) === (allNamespaces !== true)) throw new UsageError('secrets: give -n NAMESPACE or -A');
  const json = options.json === true;
  return deps.withSecrets(context, (cluster) =>
    printSecrets({ namespace, json }, { ...cluster, now: deps.clock.now() }, io),
  );
}

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

const WEEK_MS = 7 * 86_400_000;
const UNITS_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

function parseSince(clock: Clock): (text: string) => number {
  return (text) => {
    const [, count = '', unit = ''] = /^(\d{1,5})([mhd])$/.exec(text) ?? [];
    const at = unit === '' ? parseInstant(text) : clock.now() - Number(count) * (UNITS_MS[unit] ?? 0);
    if (at === undefined)
      throw new InvalidArgumentError('It must be 7d, 36h, 30m, or a time such as 2026-11-22T09:16:00Z.');
    return at;
  };
}

function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError('It must be a number from 0 to 65535.');
}
