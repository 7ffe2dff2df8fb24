import { isRecord } from '../is-record.ts';
import type { KubeSecret } from '../kubernetes.ts';
import { Secret } from '../secret.ts';
import { readTokenExpiry } from './token-expiry.ts';

/** The two types of Secret that the kubelet reads for pulls, and the key of `data` that it reads of each. */
export const PULL_SECRET_KEYS: Readonly<Record<string, string>> = {
  'kubernetes.io/dockerconfigjson': '.dockerconfigjson',
  'kubernetes.io/dockercfg': '.dockercfg',
};

/** An entry as read, stripped of its credential. */
export interface ParsedEntry {
  readonly key: string;
  readonly username: string | undefined;
  readonly isUsable: boolean;
  /** Expiry that the password itself carries. */
  readonly tokenExpiresAt: number | undefined;
}

/** An entry with its credential, each part empty where the entry has none. */
export interface CredentialEntry {
  readonly key: string;
  readonly username: string;
  readonly password: Secret;
}

export type ParsedPullSecret<Entry = ParsedEntry> =
  | { readonly state: 'ok'; readonly entries: readonly Entry[] }
  | { readonly state: 'malformed' | 'unreadable'; readonly problem: string };

/** Reads a Secret as the kubelet does. No credential leaves this function. */
export function parsePullSecret(secret: KubeSecret): ParsedPullSecret {
  const parsed = readCredentialEntries(secret);
  if (parsed.state !== 'ok') return parsed;
  const entries = parsed.entries.map(
    ({ key, username, password }): ParsedEntry => ({
      key,
      username: username === '' ? undefined : username,
      isUsable: isUsable({ username, password }),
      tokenExpiresAt: readTokenExpiry(password.reveal()),
    }),
  );
  return { state: 'ok', entries };
}

/** Whether the kubelet finds a user name and a password in it. */
export function isUsable({ username, password }: Pick<CredentialEntry, 'username' | 'password'>): boolean {
  return username !== '' && password.reveal() !== '';
}

/**
 * The entries of a Secret as the kubelet reads them (`pkg/credentialprovider/secrets/secrets.go`, `config.go`): only the
 * two pull types, only their one key, and one bad entry spoils the whole document.
 */
export function readCredentialEntries(secret: KubeSecret): ParsedPullSecret<CredentialEntry> {
  const type = secret.type ?? 'Opaque';
  const key = Object.hasOwn(PULL_SECRET_KEYS, type) ? PULL_SECRET_KEYS[type] : undefined;
  if (key === undefined) return malformed(`its type is ${type}, not kubernetes.io/dockerconfigjson`);
  // The API server refuses a Secret of these types without its key, so there it was taken out on the way here.
  if (secret.data === undefined) return { state: 'unreadable', problem: 'its data was not in the input' };
  const encoded = Object.hasOwn(secret.data, key) ? secret.data[key] : undefined;
  if (encoded === undefined || encoded === '') return malformed(`it has no key ${key}`);
  const bytes = decodeBase64(encoded);
  if (bytes === undefined) return malformed(`its ${key} is not base64`);

  const document = parseJson(bytes.toString('utf8'));
  if (!isRecord(document)) return malformed(`its ${key} is not a JSON object`);
  if (key === '.dockercfg') return parseEntries(document);
  const auths = readFolded(document, 'auths');
  if (auths === undefined || auths === null) return { state: 'ok', entries: [] };
  return isRecord(auths) ? parseEntries(auths) : malformed('its auths is not an object');
}

function parseEntries(auths: Readonly<Record<string, unknown>>): ParsedPullSecret<CredentialEntry> {
  const entries: CredentialEntry[] = [];
  for (const [key, value] of Object.entries(auths)) {
    const parsed = value === null ? { username: '', password: '' } : parseEntry(value);
    if (typeof parsed === 'string') return malformed(`entry ${key}: ${parsed}`);
    entries.push({ key, username: parsed.username, password: new Secret(parsed.password) });
  }
  return { state: 'ok', entries };
}

/** @returns what is wrong with it, as a sentence's end, where the kubelet would refuse it */
function parseEntry(value: unknown): { readonly username: string; readonly password: string } | string {
  if (!isRecord(value)) return 'not an object';
  const texts: Record<'username' | 'password' | 'email' | 'auth', string> = {
    username: '',
    password: '',
    email: '',
    auth: '',
  };
  for (const name of ['username', 'password', 'email', 'auth'] as const) {
    const field = readFolded(value, name) ?? '';
    if (typeof field !== 'string') return `${name} is not a text`;
    texts[name] = field;
  }
  // `auth` wins over the two others.
  if (texts.auth === '') return { username: texts.username, password: texts.password };
  const decoded = decodeBase64(texts.auth)?.toString('utf8');
  const colon = decoded?.indexOf(':') ?? -1;
  if (decoded === undefined || colon === -1) return 'auth is not base64 of user:password';
  return { username: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
}

/** Go's JSON decoder prefers the exact key and else takes one that differs in case only. */
function readFolded(record: Readonly<Record<string, unknown>>, name: string): unknown {
  if (Object.hasOwn(record, name)) return record[name];
  const folded = Object.keys(record).find((key) => key.toLowerCase() === name);
  return folded === undefined ? undefined : record[folded];
}

/** Strict, as Go's is: padded or not, line breaks ignored, nothing else of a foreign alphabet. */
function decodeBase64(text: string): Buffer | undefined {
  const compact = text.replace(/[\r\n]/g, '');
  const isStrict = compact.endsWith('=')
    ? /^[A-Za-z0-9+/]*={1,2}$/.test(compact) && compact.length % 4 === 0
    : /^[A-Za-z0-9+/]*$/.test(compact) && compact.length % 4 !== 1;
  return isStrict ? Buffer.from(compact, 'base64') : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The caller says which key is not JSON; the text itself may hold a credential.
    return undefined;
  }
}

function malformed(problem: string): ParsedPullSecret<never> {
  return { state: 'malformed', problem };
}
