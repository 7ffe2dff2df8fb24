import { ClusterError, type IssueError } from '../../shared/domain/errors.ts';
import type { KubeSecret, Namespace, ServiceAccount } from '../../shared/domain/kubernetes.ts';
import { type TokenRequest, tokenKey } from '../../shared/domain/refresh/token-request.ts';
import { Secret } from '../../shared/domain/secret.ts';
import type { Read } from '../../shared/ports/cluster.ts';
import type { CredentialIssuer } from '../../shared/ports/credential-issuer.ts';
import type { SecretWriter, Written } from '../../shared/ports/secret-writer.ts';
import { ecrPassword } from './refresh-builders.ts';

export interface FakeSecrets extends SecretWriter {
  readonly calls: string[];
  get(namespace: string, name: string): KubeSecret | undefined;
  put(secret: KubeSecret): void;
  /** Another writer of a service account. */
  putAccount(account: ServiceAccount): void;
  account(namespace: string, name: string): ServiceAccount | undefined;
  /** Runs before each patch reaches the Secret: another writer. */
  beforePatch: ((secret: KubeSecret) => void) | undefined;
  /** The time of writes in managedFields. */
  now: () => number;
  /** Whether a call is refused or fails, by `verb resource ns/name`. */
  fault: ((call: string) => number | 'silent' | undefined) | undefined;
}

/** A cluster's Secrets in memory, with resourceVersions that count. */
export function fakeSecrets(
  secrets: readonly KubeSecret[],
  parts: { readonly namespaces?: readonly Namespace[]; readonly accounts?: readonly ServiceAccount[] } = {},
): FakeSecrets {
  const stored = new Map(secrets.map((secret) => [idOf(secret), secret]));
  const accounts = new Map((parts.accounts ?? []).map((one) => [idOf(one), one]));
  const calls: string[] = [];
  let version = 100;

  async function asked<T>(call: string, answer: () => T): Promise<Read<T>> {
    calls.push(call);
    await null;
    const fault = fake.fault?.(call);
    if (fault === 403) return { ok: false, gap: { what: `${call} was refused`, why: '403: nobody may do that' } };
    if (fault !== undefined) throw new ClusterError('do', call, fault === 'silent' ? undefined : fault);
    return { ok: true, value: answer() };
  }

  function store(secret: KubeSecret): void {
    version += 1;
    stored.set(idOf(secret), { ...secret, metadata: { ...secret.metadata, resourceVersion: String(version) } });
  }

  const fake: FakeSecrets = {
    calls,
    beforePatch: undefined,
    fault: undefined,
    now: () => Date.parse('2026-11-22T12:00:00Z'),
    get: (namespace, name) => stored.get(`${namespace}/${name}`),
    put: store,
    putAccount: (account) => void accounts.set(idOf(account), account),
    account: (namespace, name) => accounts.get(`${namespace}/${name}`),
    async listSecrets({ type }, onPage) {
      const read = await asked('list secrets', () => [...stored.values()].filter((one) => one.type === type));
      if (!read.ok) return read;
      for (let at = 0; at < read.value.length; at += 500) await onPage(read.value.slice(at, at + 500));
      return { ok: true, value: undefined };
    },
    getSecret: (namespace, name) =>
      asked(`get secrets ${namespace}/${name}`, () => stored.get(`${namespace}/${name}`) ?? 'missing'),
    patchSecret(patch) {
      const id = `${patch.namespace}/${patch.name}`;
      return asked(`patch secrets ${id}`, (): Written => {
        const before = stored.get(id);
        if (before !== undefined) fake.beforePatch?.(before);
        const found = stored.get(id);
        if (found === undefined) return { kind: 'gone' };
        if (found.metadata?.resourceVersion !== patch.resourceVersion) return { kind: 'conflict' };
        const annotations = { ...found.metadata.annotations, 'pullmedic.dev/ecr': patch.annotation };
        const others = (found.metadata.managedFields ?? []).filter(({ manager }) => manager !== 'pullmedic');
        const managedFields = [
          ...others,
          { manager: 'pullmedic', operation: 'Update', time: new Date(fake.now()).toISOString() },
        ];
        store({
          ...found,
          metadata: { ...found.metadata, annotations, managedFields },
          data: { ...found.data, [patch.dataKey]: patch.data.reveal() },
        });
        return { kind: 'written' };
      });
    },
    createSecret({ namespace, name, data, annotation }) {
      const id = `${namespace}/${name}`;
      return asked(`create secrets ${id}`, (): Written => {
        if (stored.has(id)) return { kind: 'conflict' };
        store({
          metadata: { namespace, name, annotations: { 'pullmedic.dev/ecr': annotation } },
          type: 'kubernetes.io/dockerconfigjson',
          data: { '.dockerconfigjson': data.reveal() },
        });
        return { kind: 'written' };
      });
    },
    listNamespaces: ({ key, value }) =>
      asked(`list namespaces ${key}=${value}`, () =>
        (parts.namespaces ?? []).filter((one) => one.metadata?.labels?.[key] === value),
      ),
    listServiceAccounts: (namespace) =>
      asked(`list serviceaccounts ${namespace ?? '*'}`, () =>
        [...accounts.values()].filter((one) => namespace === undefined || one.metadata?.namespace === namespace),
      ),
    attachSecret: (account, secret) =>
      asked(`patch serviceaccounts ${idOf(account)}`, (): Written => {
        const found = accounts.get(idOf(account));
        if (found === undefined) return { kind: 'gone' };
        if (found !== account) return { kind: 'conflict' };
        // The list is replaced whole, as the real server does.
        accounts.set(idOf(account), {
          ...found,
          imagePullSecrets: [...(account.imagePullSecrets ?? []), { name: secret }],
        });
        return { kind: 'written' };
      }),
  };
  return fake;
}

function idOf({ metadata }: KubeSecret | ServiceAccount): string {
  return `${metadata?.namespace}/${metadata?.name}`;
}

export interface FakeIssuer extends CredentialIssuer {
  readonly requests: TokenRequest[];
  /** Every password that was ever handed out. */
  readonly passwords: string[];
  refuse: ((request: TokenRequest) => IssueError | undefined) | undefined;
}

/** Tokens that look like ECR's and say when they end. */
export function fakeIssuer(now: () => number): FakeIssuer {
  const fake: FakeIssuer = {
    requests: [],
    passwords: [],
    refuse: undefined,
    async issue(request) {
      fake.requests.push(request);
      await null;
      const refusal = fake.refuse?.(request);
      if (refusal !== undefined) throw refusal;
      const expiresAt = now() + 12 * 3_600_000;
      const password = ecrPassword(expiresAt, `CANARY-${fake.requests.length}-${tokenKey(request).length}`);
      fake.passwords.push(password);
      return { username: 'AWS', password: new Secret(password), issuedAt: now(), expiresAt };
    },
  };
  return fake;
}
