const MASK = '[redacted]';

/** Query values that say what was asked and hold no secret (OCI token requests, containerd's mirrors). */
const HARMLESS_QUERY_KEYS = new Set(['service', 'scope', 'ns']);

/** Bearer and basic values are opaque; 16 is shorter than any real one and longer than `realm=` and `auth`. */
const SCHEME_VALUE = /\b(bearer|basic|negotiate)(\s+)(?=[a-z._~+/-]*[0-9A-Z=])[A-Za-z0-9._~+/=-]{16,}/gi;
/** Not after `require`: in «may require authorization: authorization failed» the runtime speaks, and no header. */
const AUTHORIZATION =
  /(?<!\brequires?\s{1,8})\b((?:proxy-|x-registry-|x-)?(?:authorization|auth-token|auth-config)(?:\\?["'])?\s*[:=]\s*(?:\\?["'])?)(?!\[redacted\])(?:(?:basic|bearer|negotiate|digest|token)\s+(?!\[redacted\]))?[^\s"'\\,;)\]}]+/gi;
const JSON_CREDENTIAL =
  /(\\?"(?:auth|password|identitytoken|registrytoken|access_token|refresh_token|id_token|token|secret)\\?"\s*:\s*\\?")[^"\\]*/gi;
const JWT = /(?<![\w-])eyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)?/g;
/** Tokens that carry their kind in their first letters. */
const KNOWN_TOKEN =
  /\b(?:gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{10,}|dckr_(?:pat|oat)_[\w-]{10,}|xox[abeprs]-[\w-]{10,})/g;
const USERINFO = /(?<=:\/\/)[^\s/?#"'<>]*@(?!sha(?:256|384|512):)/g;
const QUERY = /([?&]|&amp;|\\u0026)([\w.~%-]{1,100})=([^&\s"'<>\\]*)/g;
/** Each starts only where a run starts, which keeps them linear. An ECR password is about 2,400 characters of base64; also one that was folded into lines. */
const BASE64_RUN = /(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{200,}={0,2}/g;
const BASE64_LINES = /(?<![A-Za-z0-9+/_-])(?:[A-Za-z0-9+/_-]{60,}\r?\n[ \t]*){2,}[A-Za-z0-9+/_-]*={0,2}/g;

/**
 * Removes credentials from text that comes from a cluster, before it is stored, logged or shown: URL user info, query
 * values (but service, scope and ns), Authorization values, JWTs, tokens of known form, base64 runs of 200 characters
 * and more. Redacting twice changes nothing.
 */
export function redact(text: string): string {
  return STEPS.reduce((kept, { needs, remove }) => (kept.includes(needs) ? remove(kept) : kept), text);
}

/** In this order. A text without the character that a form cannot lack is not searched for it. */
const STEPS: readonly { readonly needs: string; readonly remove: (text: string) => string }[] = [
  { needs: '\n', remove: (text) => text.replace(BASE64_LINES, MASK) },
  { needs: '', remove: (text) => text.replace(BASE64_RUN, MASK) },
  { needs: 'eyJ', remove: (text) => text.replace(JWT, MASK) },
  { needs: '', remove: (text) => text.replace(KNOWN_TOKEN, MASK) },
  { needs: '@', remove: (text) => text.replace(USERINFO, `${MASK}@`) },
  { needs: '=', remove: (text) => text.replace(QUERY, redactQuery) },
  { needs: '"', remove: (text) => text.replace(JSON_CREDENTIAL, `$1${MASK}`) },
  { needs: '', remove: (text) => text.replace(AUTHORIZATION, `$1${MASK}`) },
  { needs: '', remove: (text) => text.replace(SCHEME_VALUE, `$1$2${MASK}`) },
];

function redactQuery(whole: string, separator: string, key: string, value: string): string {
  if (HARMLESS_QUERY_KEYS.has(key.toLowerCase()) || value === '') return whole;
  return `${separator}${key}=${MASK}`;
}
