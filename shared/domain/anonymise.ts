import { createPlaceholders, type Placeholder, type Placeholders } from './anonymise/placeholders.ts';
import { isVocabulary } from './anonymise/vocabulary.ts';
import { redact } from './redact.ts';

/** Replaces in one text after the other; the same name gets the same placeholder in all of them. */
export interface Anonymiser {
  anonymise(text: string): string;
  /** Hosts met so far, as `<host-1>` and what stood there: for whoever may tell the kind of a registry. */
  hosts(): readonly Placeholder[];
}

/** Characters that end a token; what is between two of them is judged as a whole. */
const TOKEN = /[^\s"'`<>(){}[\],;|=&\\]+/g;
const LEADING = /^[:.@&?!-]*/;
const TRAILING = /[:.,?!&-]*$/;
const DIGEST = /\bsha(256|384|512)[:-][0-9a-f]{16,128}/gi;
/** What the digest of nothing begins with: an empty answer, which is worth telling. */
const EMPTY_DIGEST = /^sha256[:-]e3b0c44298fc1c14/i;
/** Bounded as RFC 5321 has it, and begun only at a beginning: a long run of such characters costs no search. */
const EMAIL = /(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+/g;
const ARN = /\barn:aws[\w-]*:([\w-]*):([\w-]*):(\d*):[^\s"',;)\]}]+/g;
const ACCESS_KEY = /\b(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{12,}\b/g;
const PERCENT = /%(?:3A|2F|40|3D|26|3F|25)/gi;

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/;
/** Seven colons, or fewer and a `::`; a time of day has neither. */
const IPV6 =
  /(?<![\w.:])(?=[0-9a-f:.]*::|(?:[0-9a-f]{1,4}:){6})(?:[0-9a-f]{0,4}:){2,8}(?:(?:\d{1,3}\.){3}\d{1,3}|[0-9a-f]{0,4})(?![\w:])/gi;
const LOOPBACK = /^(?:127(?:\.\d{1,3}){3}|::1|localhost)$/i;
const PORT = /^\d{1,5}$/;
const HEX_ID = /^(?:[0-9a-f]{12,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;
const NUMBER = /^[+-]?\d{1,11}(?:[.,]\d+)*(?:%|[kmgt]?i?b)?$/i;
/** As `kubectl describe` counts events: `x5`. */
const TIMES = /^x\d{1,7}$/;
const DURATION = /^(?:\d+(?:\.\d+)?(?:h|ms|m|s|µs|us|ns))+$/;
const TIME = /^(?:\d{4}-\d\d-\d\d(?:[T_]?[\d:.]+(?:Z|[+-][\d:]+)?)?|\d\d:\d\d:\d\d(?:\.\d+)?)$/;
const VERSION = /^v?\d{1,8}(?:\.\d{1,8}){0,3}$/i;
const LETTERS = /^\p{L}+$/u;
const MEDIA_TYPE = /^(?:application|text|image)\/(?:vnd\.(?:docker|oci|cncf)\.[\w.+-]+|json|html|plain|octet-stream)$/;
/** Plug-ins of containerd are known by such names: `io.containerd.snapshotter.v1.overlayfs`. */
const PLUGIN = /^io\.containerd(?:\.[a-z0-9-]+)+$/;
/** What follows these is a name, whatever it looks like. */
const NAMERS =
  /(?:^|[\s([{,;:"'])(?:account|artifact|bucket|configmap|container|context|host|lookup|name|named|namespace|node|organi[sz]ation|pod|profile|project|registry|repo|repository|role|secret|serviceaccount|tag|tagged by|team|tenant|user|username|workspace)(?::\s*|\s{1,20})["'`]?$/i;

/**
 * Makes a text fit to be shown to strangers: credentials are removed (`redact`), and whatever may name somebody's host,
 * repository, object, file, account or address gets a placeholder that stays the same all through (`<host-1>`). It works
 * by allow-list: of what looks like a name (a dot, slash, digit or hyphen in it, quotes around it, a word such as
 * `secret` before it) only the vocabulary of runtimes stays. Plain words of letters stay, unless they are part of a name
 * that was found elsewhere in the text.
 */
export function createAnonymiser(): Anonymiser {
  const placeholders = createPlaceholders();
  return {
    anonymise(text) {
      const prepared = prepare(text, placeholders);
      // The first round learns the names, the second replaces them also where they stand alone.
      scrub(prepared, placeholders);
      return placeholders.spell(scrub(prepared, placeholders));
    },
    hosts: () => placeholders.all().filter(({ kind }) => kind === 'host'),
  };
}

/** Whatever is recognised by its own form, in any surroundings. */
function prepare(text: string, placeholders: Placeholders): string {
  const decoded = redact(text).replace(PERCENT, (code) => decodeURIComponent(code));
  return redact(placeholders.clean(decoded))
    .replaceAll('[redacted]@', '')
    .replaceAll('[redacted]', () => placeholders.of('redacted', ''))
    .replace(DIGEST, (digest) => placeholders.of(EMPTY_DIGEST.test(digest) ? 'empty-digest' : 'digest', digest))
    .replace(ACCESS_KEY, (key) => placeholders.of('redacted', key))
    .replace(ARN, (whole, service: string, region: string, account: string) => {
      const owner = account === '' ? '' : placeholders.of('account', account);
      return `arn:aws:${service}:${region}:${owner}:${placeholders.of('resource', whole)}`;
    })
    .replace(IPV6, (address) => (LOOPBACK.test(address) ? address : placeholders.of('address', address)))
    .replace(EMAIL, (address) => placeholders.of('email', address));
}

function scrub(text: string, placeholders: Placeholders): string {
  return text.replace(TOKEN, (token, at: number) => {
    const start = LEADING.exec(token)?.[0].length ?? 0;
    const end = token.length - (TRAILING.exec(token.slice(start))?.[0].length ?? 0);
    const core = token.slice(start, end);
    if (core === '') return token;
    const isValue = isQuoted(text, at, at + token.length) || NAMERS.test(text.slice(Math.max(0, at - 48), at));
    return token.slice(0, start) + scrubToken(core, isValue, placeholders) + token.slice(end);
  });
}

function isQuoted(text: string, from: number, to: number): boolean {
  const before = text[from - 1];
  return before !== undefined && '"\'`'.includes(before) && text[to] === before;
}

function scrubToken(token: string, isValue: boolean, placeholders: Placeholders): string {
  const known = placeholders.known(token);
  if (known !== undefined) return known;
  if (isHarmless(token)) return token;
  const url = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)(.*)$/i.exec(token);
  // The transports of containers-image hold a reference, not a path.
  if (url?.[1] === 'docker') return `docker://${scrubToken(`${url[2]}${url[3]}`, true, placeholders)}`;
  if (url !== null) return scrubUrl(url[1] ?? '', url[2] ?? '', url[3] ?? '', placeholders);
  if (IPV4.test(token)) return placeholders.of('address', token);
  if (/^\d{12}$/.test(token)) return placeholders.of('account', token);
  if (HEX_ID.test(token) || /^\d{12,}$/.test(token)) return placeholders.of('id', token);
  const scope = /^(repository|registry):(.+?)(?::([a-z,*]+))?$/.exec(token);
  if (scope !== null) {
    const actions = scope[3] === undefined ? '' : `:${scope[3]}`;
    return `${scope[1]}:${scrubRepository(scope[2] ?? '', placeholders)}${actions}`;
  }
  if (token.startsWith('/')) return scrubPath(token, placeholders);
  if (token.includes('@')) return pieces(token, '@', placeholders);
  if (token.includes('/')) return scrubReference(token, placeholders);
  if (token.includes(':')) return scrubPair(token, placeholders);
  if (token.includes('.')) return placeholders.of(isFile(token) ? 'file' : 'host', token);
  if (LETTERS.test(token)) return isValue ? placeholders.of('name', token) : token;
  const words = token.split(/[-_&?+*%~#^$!]/);
  return !isValue && words.every((word) => word === '' || isHarmless(word)) ? token : placeholders.of('name', token);
}

/** What names nobody: the vocabulary, numbers, times, sizes, what was replaced already. */
function isHarmless(token: string): boolean {
  if (LOOPBACK.test(token)) return true;
  // Four numbers may be a version: rather lose it than tell an address.
  if (IPV4.test(token)) return false;
  return (
    isVocabulary(token) ||
    NUMBER.test(token) ||
    DURATION.test(token) ||
    TIMES.test(token) ||
    TIME.test(token) ||
    VERSION.test(token) ||
    MEDIA_TYPE.test(token) ||
    PLUGIN.test(token) ||
    /^[\uE000-\uF8FF]+$/.test(token)
  );
}

function isFile(token: string): boolean {
  return /\.(?:cfg|conf|crt|gz|json|key|log|pem|service|sock|sockets?|tar|toml|tmp|txt|xml|ya?ml|zst)$/i.test(token);
}

function scrubUrl(scheme: string, authority: string, rest: string, placeholders: Placeholders): string {
  const [path = '', ...query] = rest.split(/(?=[?#])/);
  const api = /^\/v2\/(.+?)\/(manifests|blobs|tags|referrers)(?:\/([^/]*))?(.*)$/.exec(path);
  const scrubbed =
    api === null
      ? scrubPath(path, placeholders)
      : `/v2/${scrubRepository(api[1] ?? '', placeholders)}/${api[2]}${api[3] === undefined ? '' : `/${scrubTag(api[3], placeholders)}`}${scrubPath(api[4] ?? '', placeholders)}`;
  const host = scrubHost(authority.slice(authority.lastIndexOf('@') + 1), placeholders);
  return `${scheme}://${host}${scrubbed}${query.map((part) => pieces(part, /([?&#:])/, placeholders)).join('')}`;
}

/** Host, with its port where it has one. */
function scrubHost(text: string, placeholders: Placeholders): string {
  const port = /:(\d{1,5})$/.exec(text);
  const host = port === null ? text : text.slice(0, port.index);
  const tail = port === null ? '' : `:${port[1]}`;
  if (host === '' || LOOPBACK.test(host) || isHarmless(host)) return text;
  return `${placeholders.of(IPV4.test(host) ? 'address' : 'host', host)}${tail}`;
}

function scrubPath(path: string, placeholders: Placeholders): string {
  return path
    .split('/')
    .map((segment) => {
      if (segment === '' || isHarmless(segment)) return segment;
      return placeholders.known(segment) ?? placeholders.of(HEX_ID.test(segment) ? 'id' : 'path', segment);
    })
    .join('/');
}

/** `host/repository:tag`, `repository:tag`, `namespace/name`, or words with a slash between them. */
function scrubReference(token: string, placeholders: Placeholders): string {
  if (token.split(/[/:]/).every((word) => word === '' || isHarmless(word))) return token;
  const slash = token.indexOf('/');
  const first = token.slice(0, slash);
  const isHost = /[.:]/.test(first) || LOOPBACK.test(first);
  const host = isHost ? `${scrubHost(first, placeholders)}/` : '';
  const rest = isHost ? token.slice(slash + 1) : token;
  const colon = rest.indexOf(':');
  const repository = scrubRepository(colon === -1 ? rest : rest.slice(0, colon), placeholders);
  return `${host}${repository}${colon === -1 ? '' : `:${scrubTag(rest.slice(colon + 1), placeholders)}`}`;
}

function scrubRepository(repository: string, placeholders: Placeholders): string {
  return repository === '' || isOpaque(repository) ? repository : placeholders.of('repo', repository);
}

function scrubTag(tag: string, placeholders: Placeholders): string {
  return tag === '' || tag === 'latest' || isOpaque(tag) ? tag : placeholders.of('tag', tag);
}

function isOpaque(text: string): boolean {
  return /^[\uE000-\uF8FF]$/.test(text);
}

/** `name:tag`, `host:5000`, `key:value`. */
function scrubPair(token: string, placeholders: Placeholders): string {
  const [name = '', value = '', ...more] = token.split(':');
  if (more.length > 0 || isHarmless(name)) return pieces(token, ':', placeholders);
  if (PORT.test(value) && !LETTERS.test(name)) return scrubHost(token, placeholders);
  return `${placeholders.of(name.includes('.') ? 'host' : 'repo', name)}:${PORT.test(value) ? value : scrubTag(value, placeholders)}`;
}

function pieces(token: string, separator: string | RegExp, placeholders: Placeholders): string {
  const parts = token.split(separator);
  const scrubbed = parts.map((part) => (/^[?&#:]?$/.test(part) ? part : scrubToken(part, false, placeholders)));
  return scrubbed.join(typeof separator === 'string' ? separator : '');
}
