import type { ServiceAccount } from '../../domain/kubernetes.ts';
import type { RefreshFinding } from '../../domain/refresh/result.ts';
import type { TargetSecret } from '../../domain/refresh/target.ts';
import type { Read } from '../../ports/cluster.ts';
import type { SecretWriter } from '../../ports/secret-writer.ts';
import { LIST_FROM } from './read-secrets.ts';

export interface Attacher {
  /** Names the secret in the service accounts that its targets ask for. @returns those that did not have it */
  attach(secret: TargetSecret): Promise<readonly string[]>;
  readonly findings: readonly RefreshFinding[];
}

type Accounts = Read<readonly ServiceAccount[]>;

/**
 * Attaches secrets of one cluster to service accounts. Accounts are listed once: of the whole cluster where many
 * namespaces need them and the identity may, of each namespace elsewhere.
 */
export function createAttacher(cluster: string, writer: SecretWriter, namespaces: number): Attacher {
  const findings: RefreshFinding[] = [];
  const byNamespace = new Map<string, Promise<Accounts>>();
  let ofCluster: Promise<ReadonlyMap<string, readonly ServiceAccount[]> | undefined> | undefined;

  async function listAll() {
    const read = await writer.listServiceAccounts(undefined);
    return read.ok ? Map.groupBy(read.value, ({ metadata }) => metadata?.namespace ?? '') : undefined;
  }

  async function accountsOf(namespace: string): Promise<Accounts> {
    if (namespaces >= LIST_FROM) {
      ofCluster ??= listAll();
      const all = await ofCluster;
      if (all !== undefined) return { ok: true, value: all.get(namespace) ?? [] };
    }
    const known = byNamespace.get(namespace) ?? writer.listServiceAccounts(namespace);
    byNamespace.set(namespace, known);
    return known;
  }

  return {
    findings,
    async attach(secret) {
      const { namespace, name, targets } = secret;
      const asked = targets.filter(({ attachTo, mode }) => mode === 'auto' && attachTo.length > 0);
      if (asked.length === 0) return [];
      const note = (why: string) => findings.push({ cluster, namespace, name, kind: 'not-attached', why });

      const accounts = await accountsOf(namespace);
      if (!accounts.ok) {
        note(`${accounts.gap.what}: ${accounts.gap.why}`);
        return [];
      }
      const isAll = asked.some(({ attachTo }) => attachTo === 'all');
      const names = new Set(asked.flatMap(({ attachTo }) => (attachTo === 'all' ? [] : attachTo)));
      const wanted = accounts.value.filter(({ metadata }) => isAll || names.has(metadata?.name ?? ''));
      for (const missing of names) {
        if (!wanted.some(({ metadata }) => metadata?.name === missing)) note(`there is no service account ${missing}`);
      }

      const attached: string[] = [];
      for (const { metadata, imagePullSecrets = [] } of wanted) {
        if (imagePullSecrets.some((one) => one.name === name)) continue;
        const account = metadata?.name ?? '';
        const written = await writer.attachSecret({ namespace, name: account }, name);
        if (written.ok && written.value.kind === 'written') attached.push(account);
        else if (!written.ok) note(`service account ${account}: ${written.gap.why}`);
        else note(`service account ${account}: ${written.value.kind === 'refused' ? written.value.why : 'it is gone'}`);
      }
      return attached;
    },
  };
}
