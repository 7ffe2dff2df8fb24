import { parseLabelSelector } from '../../shared/domain/refresh/label-selector.ts';
import type { RefreshReport, SecretResult } from '../../shared/domain/refresh/result.ts';
import { refreshSecrets } from '../../shared/flows/refresh-secrets.ts';
import type { RefreshDependencies } from '../../shared/flows/refreshing/refresh-deps.ts';
import { type CliIo, EXIT, UsageError } from './io.ts';
import { expiryWords } from './secrets.ts';
import { plain } from './text-layout.ts';

export interface RefreshOptions {
  readonly dryRun?: true;
  readonly namespace?: string;
  readonly allNamespaces?: true;
  readonly selector?: string;
  readonly config?: string;
  readonly cluster?: readonly string[];
  readonly context?: string;
  readonly json?: true;
}

/** What the command needs of the world: the targets, and a way to their clusters and to AWS. */
export interface RefreshWorld {
  /**
   * @param options.context reaches one cluster by the user's kubeconfig instead of its configured access
   * @throws {ConfigError} for a configuration that cannot be used
   */
  open<T>(
    options: Pick<RefreshOptions, 'config' | 'context' | 'cluster'>,
    use: (deps: RefreshDependencies) => Promise<T>,
  ): Promise<T>;
}

/** `pullmedic refresh`: the engine of the schedule, now; one line a secret as soon as it is done. */
export async function refresh(options: RefreshOptions, world: RefreshWorld, io: CliIo): Promise<number> {
  if (options.namespace !== undefined && options.allNamespaces === true) {
    throw new UsageError('refresh: give -n NAMESPACE or -A, not both');
  }
  const labels = options.selector === undefined ? undefined : parseLabelSelector(options.selector);
  if (options.selector !== undefined && labels === undefined) {
    throw new UsageError('refresh: --selector takes labels such as team=shop,tier!=dev');
  }
  const isDryRun = options.dryRun === true;
  const report = await world.open(options, (deps) => {
    if (deps.config.targets.length === 0) {
      throw new UsageError('refresh: the configuration has no targets; docs/refresh.md shows one');
    }
    const unknown = options.cluster?.find((name) => !deps.config.clusters.some((one) => one.name === name));
    if (unknown !== undefined) throw new UsageError(`refresh: cluster ${unknown} is not configured`);
    const onResult = options.json === true ? undefined : (result: SecretResult) => io.stdout(line(result, isDryRun));
    const namespaces = options.namespace === undefined ? undefined : [options.namespace];
    return refreshSecrets(
      { clusters: options.cluster, namespaces, labels, isDryRun, isForced: false },
      { ...deps, onResult },
    );
  });
  if (options.json === true) io.stdout(`${JSON.stringify(toJson(report))}\n`);
  else io.stdout(summary(report));
  const hasFailed =
    report.secrets.some(({ outcome }) => outcome === 'failed') ||
    report.clusters.some(({ outcome }) => outcome === 'failed');
  return hasFailed ? EXIT.failed : EXIT.done;
}

function line(result: SecretResult, isDryRun: boolean): string {
  const { cluster, namespace, name, outcome, expiresAt, finishedAt } = result;
  const word = outcome === 'refreshed' ? (isDryRun ? 'due' : 'refreshed') : outcome === 'not-due' ? 'not due' : outcome;
  const details = [
    outcome === 'skipped' || outcome === 'failed' ? (result.why ?? result.reason) : undefined,
    result.reason === 'created' ? (isDryRun ? 'would be made' : 'made') : undefined,
    (outcome === 'refreshed' && !isDryRun) || outcome === 'not-due'
      ? `ends ${expiryWords(expiresAt, finishedAt)}`
      : undefined,
    result.wasExpired && outcome === 'refreshed' ? 'it had expired' : undefined,
    result.attached.length > 0 ? `attached to ${result.attached.join(', ')}` : undefined,
  ].filter((detail) => detail !== undefined);
  return `${word.padEnd(9)}  ${plain(`${cluster} ${namespace}/${name}`)}${details.length === 0 ? '' : `  ${plain(details.join('; '))}`}\n`;
}

function summary({ secrets, clusters, findings, isDryRun, tokensIssued }: RefreshReport): string {
  const count = (outcome: SecretResult['outcome']) => secrets.filter((one) => one.outcome === outcome).length;
  const lines = [
    ...findings.map(({ cluster, namespace, name, why }) => {
      const where = [namespace, name].filter((part) => part !== undefined).join('/');
      return `note       ${plain(`${cluster} ${where}`)}  ${plain(why)}`;
    }),
    ...clusters
      .filter(({ outcome }) => outcome === 'failed')
      .map(({ cluster, why }) => `failed     ${plain(`cluster ${cluster}`)}  ${plain(why ?? '')}`),
    `${count('refreshed')} ${isDryRun ? 'due' : 'refreshed'}, ${count('not-due')} not due, ${count('skipped')} skipped, ${count('failed')} failed; ${tokensIssued} tokens asked for.`,
  ];
  return `${lines.join('\n')}\n`;
}

function toJson(report: RefreshReport): unknown {
  const iso = (at: number | undefined) => (at === undefined ? undefined : new Date(at).toISOString());
  return {
    ...report,
    startedAt: iso(report.startedAt),
    finishedAt: iso(report.finishedAt),
    secrets: report.secrets.map((secret) => ({
      ...secret,
      expiresAt: iso(secret.expiresAt),
      finishedAt: iso(secret.finishedAt),
      entries: secret.entries.map((entry) => ({
        ...entry,
        expiredAt: iso(entry.expiredAt),
        expiresAt: iso(entry.expiresAt),
      })),
    })),
  };
}
