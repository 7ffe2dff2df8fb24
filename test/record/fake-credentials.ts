/** In every value that stands in for a credential: what tells a fake from a real one that survived. */
export const FAKE_MARK = 'recorded';

/** Users that stand for a kind of credential and name nobody: what a diagnosis may go by. */
const GENERIC_USERS = new Set([
  'AWS',
  'oauth2accesstoken',
  '_json_key',
  '_json_key_base64',
  '$oauthtoken',
  '<token>',
  '00000000-0000-0000-0000-000000000000',
]);

/** A pull secret's document with the same hosts, fields and expiries, and nobody's password. */
export function fakeDocument(text: string): string {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    // Malformed stays malformed: that is what such a case is about.
    return `{"${FAKE_MARK}": not JSON`;
  }
  return JSON.stringify(fakeIn(document, ''));
}

function fakeIn(value: unknown, key: string): unknown {
  if (Array.isArray(value)) return value.map((item) => fakeIn(item, key));
  if (typeof value === 'object' && value !== null) return fakeFields(value as Readonly<Record<string, unknown>>);
  if (typeof value !== 'string' || value === '') return value;
  // Names of programs.
  if (key === 'credsStore') return value;
  if (key === 'username') return fakeUser(value);
  if (key === 'auth') return fakeAuth(value);
  return fakeToken(value);
}

/** `Object.fromEntries` also takes a registry that is called `__proto__`. */
function fakeFields(fields: Readonly<Record<string, unknown>>): unknown {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [key, key === 'credHelpers' ? value : fakeIn(value, key)]),
  );
}

/** `user:password` in base64; what is not stays something that is not. */
function fakeAuth(value: string): string {
  const pair = Buffer.from(value, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  if (colon === -1) return `${FAKE_MARK}!`;
  return Buffer.from(`${fakeUser(pair.slice(0, colon))}:${fakeToken(pair.slice(colon + 1))}`).toString('base64');
}

function fakeUser(user: string): string {
  return GENERIC_USERS.has(user) ? user : `${FAKE_MARK}-user`;
}

/** A token that tells its expiry (ECR's, a JWT) is followed by one that tells the same. */
function fakeToken(value: string): string {
  const ecr = readJson(Buffer.from(value, 'base64').toString('utf8'));
  if (ecr !== undefined && 'expiration' in ecr) {
    const { expiration, version, type } = ecr;
    return Buffer.from(JSON.stringify({ payload: FAKE_MARK, datakey: FAKE_MARK, version, type, expiration })).toString(
      'base64',
    );
  }
  const claims = readJson(Buffer.from(value.split('.')[1] ?? '', 'base64url').toString('utf8'));
  if (claims === undefined) return `${FAKE_MARK}-password`;
  const part = (fields: object) => Buffer.from(JSON.stringify(fields)).toString('base64url');
  const { exp, iat, nbf } = claims;
  return `${part({ alg: 'none', typ: FAKE_MARK })}.${part({ iss: FAKE_MARK, iat, nbf, exp })}.${FAKE_MARK}`;
}

function readJson(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
