import type { ServiceAccount } from '../../domain/kubernetes.ts';
import type { RefreshFinding } from '../../domain/refresh/result.ts';
import type { TargetSecret } from '../../domain/refresh/target.ts';
import type { Read } from '../../ports/cluster.ts';
import type { SecretWriter } from '../../ports/secret-writer.ts';
import { LIST_FROM } from './read-secrets.ts';

/** An account that somebody writes at the same time is read and written again this often. */
const MAX_CONFLICTS = 3;

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
      for (const one of wanted) {
        const account = one.metadata?.name ?? '';
        const why = await attachOne(one, secret, writer);
        if (why === 'written') attached.push(account);
        else if (why !== 'there already') note(`service account ${account}: ${why}`);
      }
      return attached;
    },
  };
}

/** A list that somebody changed meanwhile is read and added to again: nothing of theirs is lost. */
async function attachOne(
  first: ServiceAccount,
  { namespace, name }: TargetSecret,
  writer: SecretWriter,
): Promise<string> {
  let account: ServiceAccount | undefined = first;
  for (let conflicts = 0; account !== undefined && conflicts <= MAX_CONFLICTS; conflicts += 1) {
    if (account.imagePullSecrets?.some((one) => one.name === name) === true) return 'there already';
    const written = await writer.attachSecret(account, name);
    if (!written.ok) return written.gap.why;
    if (written.value.kind === 'written') return 'written';
    if (written.value.kind === 'refused') return written.value.why;
    if (written.value.kind === 'gone') break;
    const read = await writer.listServiceAccounts(namespace);
    if (!read.ok) return read.gap.why;
    account = read.value.find(({ metadata }) => metadata?.name === first.metadata?.name);
  }
  return account === undefined ? 'it is gone' : 'it is gone, or changes all the time';
}
