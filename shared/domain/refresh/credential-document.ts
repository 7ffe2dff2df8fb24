import type { KubeSecret } from '../kubernetes.ts';
import { PULL_SECRET_KEYS, readCredentialEntries } from '../pull-secret/parse-pull-secret.ts';
import { readTokenExpiry } from '../pull-secret/token-expiry.ts';
import { Secret } from '../secret.ts';
import { hashCredential } from './ecr-annotation.ts';
import { type JsonMember, type JsonObjectSpan, readMembers, startOfValue } from './json-members.ts';

/** The credentials of a pull secret as written, with the place of every entry. */
export interface CredentialDocument {
  /** The key of `data` that holds it. */
  readonly dataKey: string;
  /** One character a byte, so that bytes that are not UTF-8 survive too. */
  readonly text: Secret;
  /** Objects that hold entries: one, or none where there is no `auths`, or several that differ in case. */
  readonly holders: readonly JsonObjectSpan[];
  /** The document itself: where `auths` goes when it lacks. */
  readonly root: JsonObjectSpan;
  readonly entries: readonly DocumentEntry[];
}

export interface DocumentEntry {
  readonly key: string;
  readonly member: JsonMember;
  /** Its members where it is an object; `undefined` for `null`. */
  readonly fields: JsonObjectSpan | undefined;
  /** Names the credential without telling it. */
  readonly hash: string;
  readonly tokenExpiresAt: number | undefined;
}

/**
 * Opens a pull secret for change. Only what the kubelet accepts is opened.
 * @returns what is wrong, in words without content, where it does not
 */
export function openCredentials(secret: KubeSecret): CredentialDocument | { readonly problem: string } {
  const parsed = readCredentialEntries(secret);
  if (parsed.state !== 'ok') return { problem: parsed.problem };
  const dataKey = PULL_SECRET_KEYS[secret.type ?? ''] ?? '';
  const text = Buffer.from(secret.data?.[dataKey] ?? '', 'base64').toString('latin1');
  const root = readMembers(text, startOfValue(text));
  const holders =
    dataKey === '.dockercfg'
      ? [root]
      : root.members.filter(isObjectNamed(text, 'auths')).map(({ start }) => readMembers(text, start));
  const entries = holders.flatMap(({ members }) => members.map((member) => readEntry(text, member)));
  return { dataKey, text: new Secret(text), holders, root, entries };
}

function readEntry(text: string, member: JsonMember): DocumentEntry {
  const fields = text[member.start] === '{' ? readMembers(text, member.start) : undefined;
  const credential = credentialOf(text, fields);
  return {
    key: member.key,
    member,
    fields,
    hash: hashCredential(credential),
    tokenExpiresAt: readTokenExpiry(credential.slice(credential.indexOf(':') + 1)),
  };
}

/** `user:password`. Go's decoder takes field names in any case, and the last of several. */
function credentialOf(text: string, fields: JsonObjectSpan | undefined): string {
  const read = (name: string): string => {
    const found = fields?.members.filter((one) => one.key.toLowerCase() === name).at(-1);
    const value: unknown = found && JSON.parse(Buffer.from(text.slice(found.start, found.end), 'latin1').toString());
    return typeof value === 'string' ? value : '';
  };
  const auth = read('auth');
  return auth === ''
    ? `${read('username')}:${read('password')}`
    : Buffer.from(auth.replace(/[\r\n]/g, ''), 'base64').toString('utf8');
}

function isObjectNamed(text: string, name: string): (member: JsonMember) => boolean {
  return ({ key, start }) => key.toLowerCase() === name && text[start] === '{';
}
