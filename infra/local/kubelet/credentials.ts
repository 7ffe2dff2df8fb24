import { isRecord } from '../../../shared/domain/is-record.ts';
import type { SecretObject } from '../kubernetes/objects.ts';

/** A user name and a password that the kubelet would try. */
export interface Credential {
  readonly username: string;
  readonly password: string;
  /** Secret that it came from: its identity decides who may use the cached image (KEP-2535). */
  readonly secret: { readonly namespace: string; readonly name: string; readonly uid: string };
}

type Entry = { readonly username?: unknown; readonly password?: unknown; readonly auth?: unknown };

/** `auth` wins over user name and password, as in the kubelet's DockerConfigEntry. */
function decodeEntry(entry: Entry): { readonly username: string; readonly password: string } | undefined {
  if (typeof entry.auth === 'string' && entry.auth !== '') {
    const text = Buffer.from(entry.auth, 'base64').toString('utf8');
    const colon = text.indexOf(':');
    return colon < 0 ? undefined : { username: text.slice(0, colon), password: text.slice(colon + 1) };
  }
  if (typeof entry.username !== 'string' || typeof entry.password !== 'string') return undefined;
  return { username: entry.username, password: entry.password };
}

/** `auths` of a pull secret; empty for what the kubelet skips: another type, no JSON, no entries. */
function authsOf(secret: SecretObject): Readonly<Record<string, unknown>> {
  const isConfigJson = secret.type === 'kubernetes.io/dockerconfigjson';
  if (!isConfigJson && secret.type !== 'kubernetes.io/dockercfg') return {};
  const text = secret.data?.[isConfigJson ? '.dockerconfigjson' : '.dockercfg'];
  if (text === undefined) return {};
  try {
    const document: unknown = JSON.parse(Buffer.from(text, 'base64').toString('utf8'));
    const auths = isConfigJson && isRecord(document) ? document['auths'] : document;
    return isRecord(auths) ? auths : {};
  } catch {
    return {};
  }
}

/** `https://index.docker.io/v1/` ─▶ `index.docker.io`: scheme and the path of old API versions do not count. */
function indexKey(key: string): string | undefined {
  try {
    const url = new URL(/^https?:\/\//.test(key) ? key : `https://${key}`);
    // URL lower-cases the host and would encode a glob's brackets; the text itself is what counts.
    const rest = key.replace(/^https?:\/\//, '');
    const slash = rest.indexOf('/');
    const host = slash < 0 ? rest : rest.slice(0, slash);
    const path = slash < 0 ? '' : url.pathname;
    const effective = /^\/v[12]\//.test(path) ? path.slice(3) : path;
    return effective.length > 1 ? host + effective : host;
  } catch {
    return undefined;
  }
}

function globLabel(pattern: string, label: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll('*', '[^/]*')
    .replaceAll('?', '[^/]');
  return new RegExp(`^${source}$`).test(label);
}

/** Host label by label, port exactly, path as a prefix (pkg/credentialprovider, URLsMatch). */
export function isKeyMatching(key: string, target: string): boolean {
  const [keyHost = '', ...keyPath] = key.split('/');
  const [targetHost = '', ...targetPath] = target.split('/');
  const [keyName = '', keyPort] = keyHost.split(':');
  const [targetName = '', targetPort] = targetHost.split(':');
  const labels = keyName.split('.');
  const targetLabels = targetName.split('.');
  if (keyPort !== targetPort || labels.length !== targetLabels.length) return false;
  if (!`/${targetPath.join('/')}`.startsWith(keyPath.length === 0 ? '' : `/${keyPath.join('/')}`)) return false;
  return labels.every((label, i) => globLabel(label, targetLabels[i] ?? ''));
}

/**
 * Credentials that the kubelet tries for a repository, in its order: longest key first, then the order of the secrets.
 * @param repository `docker.io/library/nginx`, without tag and digest
 */
export function findCredentials(secrets: readonly SecretObject[], repository: string): readonly Credential[] {
  const index = new Map<string, Credential[]>();
  for (const secret of secrets) {
    const { namespace = '', name, uid } = secret.metadata;
    for (const [written, entry] of Object.entries(authsOf(secret))) {
      const key = indexKey(written);
      const decoded = isRecord(entry) ? decodeEntry(entry) : undefined;
      if (key === undefined || !decoded) continue;
      index.set(key, [...(index.get(key) ?? []), { ...decoded, secret: { namespace, name, uid } }]);
    }
  }
  const keys = [...index.keys()].sort().reverse();
  const matching = keys.filter((key) => isKeyMatching(key, repository));
  // Docker Hub's entry is kept under its old name when no key matches by itself.
  if (matching.length === 0 && repository.startsWith('docker.io/')) return index.get('index.docker.io') ?? [];
  return matching.flatMap((key) => index.get(key) ?? []);
}
