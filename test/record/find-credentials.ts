import { FAKE_MARK } from './fake-credentials.ts';

/** What looks like a credential in a text; never the value itself. */
export type CredentialKind =
  | 'JWT'
  | 'AWS access key id'
  | 'token of a known form'
  | 'private key'
  | 'user info in a URL'
  | 'Authorization value'
  | 'registry credential'
  | 'random text';

const JWT = /(?<![\w-])(eyJ[\w-]{5,})\.([\w-]{5,})(?:\.[\w-]*)?/g;
const AWS_KEY = /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/;
const KNOWN_TOKEN =
  /\b(?:gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{10,}|dckr_(?:pat|oat)_[\w-]{10,}|xox[abeprs]-[\w-]{10,})/;
const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY/;
const USERINFO = /:\/\/(?!\[redacted\]@)[^\s/?#"'@]+@(?!sha\d{3}:)/;
const AUTHORIZATION = /\b(?:bearer|basic)\s+(?=[a-z._~+/-]*[0-9A-Z=])[\w.~+/=-]{16,}/i;
const CREDENTIAL_FIELD =
  /\\?"(?:auth|password|identitytoken|registrytoken|access_token|refresh_token|token)\\?"\s*:\s*\\?"([^"\\]+)/g;

/** A digest, a container's id, a layer's folder: what follows these is random and public. */
const PUBLIC_HEX = /(?:\bsha(?:256|384|512)[:/-]|:\/\/|\b(?:ingest|overlay2|blobs|layers)\/)[0-9a-f]{32,128}/g;
const UUID = /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g;
const HEX_RUN = /(?<![0-9A-Za-z])[0-9a-f]{32,}(?![0-9A-Za-z])/;
const RUN = /[A-Za-z0-9+/_-]{16,}={0,2}/g;
/** Bits a character. 20 random characters of base64 have about 4; a sentence's words, written together, have fewer. */
const RANDOM_ENTROPY = 3.5;
const SHORTEST_RANDOM = 20;
/** Base64 in base64: a pull secret holds a document that holds `user:password`. */
const MAX_DEPTH = 4;

/** Which kinds of credentials stand in a text, whatever they are wrapped in. What was faked for a fixture is none. */
export function findCredentials(text: string, depth = 0): readonly CredentialKind[] {
  const found = new Set<CredentialKind>();
  if (AWS_KEY.test(text)) found.add('AWS access key id');
  if (KNOWN_TOKEN.test(text)) found.add('token of a known form');
  if (PRIVATE_KEY.test(text)) found.add('private key');
  if (USERINFO.test(text)) found.add('user info in a URL');
  if (AUTHORIZATION.test(text)) found.add('Authorization value');
  for (const [, value = ''] of text.matchAll(CREDENTIAL_FIELD)) {
    if (value !== '[redacted]' && !isFake(value)) found.add('registry credential');
  }
  for (const [whole] of text.matchAll(JWT)) if (!isFake(whole)) found.add('JWT');

  const rest = text.replace(JWT, ' ').replace(PUBLIC_HEX, ' ').replace(UUID, ' ');
  if (HEX_RUN.test(rest)) found.add('random text');
  for (const [run] of rest.matchAll(RUN)) {
    const inner = depth < MAX_DEPTH ? decodePrintable(run) : undefined;
    const kinds =
      inner === undefined ? (isRandom(run) ? ['random text' as const] : []) : findCredentials(inner, depth + 1);
    for (const kind of kinds) found.add(kind);
  }
  return [...found];
}

function isFake(value: string): boolean {
  if (value.includes(FAKE_MARK)) return true;
  return value.split(/[.:]/).some((part) => {
    const inner = decodePrintable(part);
    return inner !== undefined && (inner.includes(FAKE_MARK) || inner.split(':').some((piece) => isFakeToken(piece)));
  });
}

function isFakeToken(piece: string): boolean {
  return decodePrintable(piece)?.includes(FAKE_MARK) ?? false;
}

/** The text that this is base64 of, if it is. */
function decodePrintable(run: string): string | undefined {
  if (run.length < 12) return undefined;
  const decoded = Buffer.from(run, 'base64').toString('utf8');
  return /^[\t\n\r\x20-\x7e]{6,}$/.test(decoded) ? decoded : undefined;
}

function isRandom(run: string): boolean {
  const isMixed = /[a-z]/.test(run) && /[A-Z]/.test(run) && /\d/.test(run);
  return run.length >= SHORTEST_RANDOM && isMixed && entropy(run) >= RANDOM_ENTROPY;
}

function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  return [...counts.values()].reduce((bits, count) => bits - (count / text.length) * Math.log2(count / text.length), 0);
}
