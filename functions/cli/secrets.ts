import { ClusterError } from '../../shared/domain/errors.ts';
import type { Instant } from '../../shared/domain/instant.ts';
import type { KubeSecret, Pod, ServiceAccount } from '../../shared/domain/kubernetes.ts';
import { compareInstants, describeSecretUse, type SecretRow } from '../../shared/domain/refresh/describe-secret-use.ts';
import type { ClusterReader, Read } from '../../shared/ports/cluster.ts';
import type { SecretWriter } from '../../shared/ports/secret-writer.ts';
import { type CliIo, EXIT } from './io.ts';
import { plain } from './text-layout.ts';

export interface SecretsOptions {
  /** `undefined` = all. */
  readonly namespace: string | undefined;
  readonly json: boolean;
}

/** `pullmedic secrets`: every registry entry of every pull secret, soonest expiry first. No credential is shown. */
export async function printSecrets(
  options: SecretsOptions,
  cluster: { readonly reader: ClusterReader; readonly writer: SecretWriter; readonly now: Instant },
  io: CliIo,
): Promise<number> {
  const { reader, writer, now } = cluster;
  const { namespace } = options;
  const secrets: KubeSecret[] = [];
  for (const type of ['kubernetes.io/dockerconfigjson', 'kubernetes.io/dockercfg']) {
    const read = await writer.listSecrets({ namespace, type }, (page) => {
      secrets.push(...page);
    });
    if (!read.ok) throw new ClusterError('list', `secrets: ${read.gap.why}`, 403);
  }
  const gaps: string[] = [];
  const take = <T>(read: Read<readonly T[]>): readonly T[] => {
    if (read.ok) return read.value;
    gaps.push(`${read.gap.what}: ${read.gap.why}`);
    return [];
  };
  const pods = take<Pod>(await reader.listPods(namespace === undefined ? {} : { namespace }));
  const accounts = take<ServiceAccount>(await writer.listServiceAccounts(namespace));
  const rows = secrets
    .flatMap((secret) => describeSecretUse(secret, { pods, accounts }))
    .sort((a, b) => compareInstants(a.expiresAt, b.expiresAt) || a.namespace.localeCompare(b.namespace));

  if (options.json) {
    io.stdout(`${JSON.stringify({ secrets: rows.map((row) => toJson(row, now)), gaps })}\n`);
    return EXIT.done;
  }
  if (rows.length === 0) io.stdout('There is no pull secret.\n');
  else io.stdout(table(rows, now));
  for (const gap of gaps) io.stderr(`pullmedic: ${plain(gap)}\n`);
  return EXIT.done;
}

function toJson(row: SecretRow, now: Instant): unknown {
  const { expiresAt } = row;
  return {
    ...row,
    expiresAt: expiresAt === undefined ? undefined : new Date(expiresAt).toISOString(),
    isExpired: expiresAt === undefined ? undefined : expiresAt <= now,
  };
}

function table(rows: readonly SecretRow[], now: Instant): string {
  const cells = rows.map((row) => [
    expiryWords(row.expiresAt, now),
    `${row.namespace}/${row.name}`,
    row.problem === undefined ? row.registry : `malformed: ${row.problem}`,
    row.kind,
    row.usedBy.length === 0 ? '-' : usedWords(row.usedBy),
    row.ownedBy ?? '-',
  ]);
  const all = [['EXPIRES', 'SECRET', 'REGISTRY', 'KIND', 'USED BY', 'OWNED BY'], ...cells].map((line) =>
    line.map(plain),
  );
  const widths = (all[0] ?? []).map((_, column) => Math.max(...all.map((line) => line[column]?.length ?? 0)));
  return all
    .map(
      (line) =>
        `${line
          .map((cell, i) => cell.padEnd(widths[i] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

function usedWords(usedBy: readonly string[]): string {
  const [first = '', ...others] = usedBy;
  return others.length === 0 ? first : `${first} and ${others.length} more`;
}

/** `in 5 h`, `3 min ago`, `unknown`. */
export function expiryWords(at: Instant | undefined, now: Instant): string {
  if (at === undefined) return 'unknown';
  const minutes = Math.round(Math.abs(at - now) / 60_000);
  const length =
    minutes < 120
      ? `${minutes} min`
      : minutes < 4_320
        ? `${Math.round(minutes / 60)} h`
        : `${Math.round(minutes / 1_440)} d`;
  return at <= now ? `${length} ago` : `in ${length}`;
}
