import { Secret } from '../secret.ts';
import type { CredentialDocument, DocumentEntry } from './credential-document.ts';
import type { JsonObjectSpan } from './json-members.ts';

/** What one entry gets. */
export interface NewCredential {
  /** The `auths` key: of every entry of that name, or of a new one where there is none. */
  readonly key: string;
  readonly username: string;
  readonly password: Secret;
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * Puts credentials into a pull secret's document. The text is edited in place, not written anew: other registries,
 * unknown keys and fields, their order, numbers and white space stay byte for byte.
 * @returns the new value of `data`, base64
 */
export function mergeCredentials(document: CredentialDocument, credentials: readonly NewCredential[]): Secret {
  const text = document.text.reveal();
  const edits = credentials.flatMap((credential) =>
    document.entries.filter(({ key }) => key === credential.key).flatMap((entry) => editsOf(entry, credential)),
  );
  const missing = credentials.filter(({ key }) => !document.entries.some((entry) => entry.key === key));
  const added = missing.length === 0 ? [] : [addEntries(document, missing)];
  const merged = [...edits, ...added]
    .sort((a, b) => b.start - a.start)
    .reduce((result, { start, end, text: part }) => result.slice(0, start) + part + result.slice(end), text);
  return new Secret(Buffer.from(merged, 'latin1').toString('base64'));
}

/** A document with these entries alone. @returns the value of `data`, base64 */
export function newCredentials(credentials: readonly NewCredential[]): Secret {
  return new Secret(Buffer.from(`{"auths":{${membersText(credentials)}}}`, 'latin1').toString('base64'));
}

function editsOf({ member, fields }: DocumentEntry, credential: NewCredential): readonly Edit[] {
  if (fields === undefined) return [{ start: member.start, end: member.end, text: entryText(credential) }];
  // Go's decoder takes field names in any case, and the last of several: all of them are set.
  const values: Readonly<Record<string, string>> = {
    auth: authOf(credential),
    username: credential.username,
    password: credential.password.reveal(),
  };
  const edits = fields.members.flatMap(({ key, start, end }) => {
    const name = key.toLowerCase();
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    return value === undefined ? [] : [{ start, end, text: jsonText(value) }];
  });
  if (fields.members.some(({ key }) => key.toLowerCase() === 'auth')) return edits;
  return [...edits, insertInto(fields, `"auth":${jsonText(authOf(credential))}`)];
}

function addEntries({ holders, root, dataKey }: CredentialDocument, missing: readonly NewCredential[]): Edit {
  const members = membersText(missing);
  const [holder] = holders;
  if (holder !== undefined) return insertInto(holder, members);
  // `null` is what the kubelet takes for no entries.
  const empty = dataKey === '.dockercfg' ? undefined : root.members.find(({ key }) => key.toLowerCase() === 'auths');
  if (empty !== undefined) return { start: empty.start, end: empty.end, text: `{${members}}` };
  return insertInto(root, `"auths":{${members}}`);
}

function insertInto({ members, inside, lastEnd }: JsonObjectSpan, added: string): Edit {
  return members.length === 0
    ? { start: inside, end: inside, text: added }
    : { start: lastEnd, end: lastEnd, text: `,${added}` };
}

function membersText(credentials: readonly NewCredential[]): string {
  return credentials.map((one) => `${jsonText(one.key)}:${entryText(one)}`).join(',');
}

function entryText(credential: NewCredential): string {
  return `{"auth":${jsonText(authOf(credential))}}`;
}

function authOf({ username, password }: NewCredential): string {
  return Buffer.from(`${username}:${password.reveal()}`).toString('base64');
}

/** JSON, one character a byte. */
function jsonText(value: string): string {
  return Buffer.from(JSON.stringify(value)).toString('latin1');
}
