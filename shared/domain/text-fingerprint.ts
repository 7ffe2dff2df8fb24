import { createHash } from 'node:crypto';
import { normalise, unwrap } from './pull-error/normalise.ts';
import { redact } from './redact.ts';

/** What identifies an error text apart from whose it is. */
export interface TextFingerprint {
  /** 12 hexadecimal digits, the same for every cluster that sees the same words. */
  readonly hash: string;
  /** The words without hosts, names, digests and numbers, at most 200 characters: fit to be shown and reported. */
  readonly text: string;
}

/** As much as `parsePullError` reads. */
const MAX_CHARACTERS = 16_384;
const MAX_TEXT = 200;

/** Words that a rule below would take for a name. */
const PLAIN_WORDS: ReadonlySet<string> = new Set(
  'i/o username/password and/or n/a tcp/ip x509 http2 oauth2 base64 sha256 ipv4 ipv6 back-off read-only non-zero no-such in-use content-type content-length www-authenticate cross-device out-of user-agent self-signed'.split(
    ' ',
  ),
);
/** A quoted text of four words and more is a sentence of the runtime, and shorter is a name. */
const SENTENCE = /\S+(?:\s+\S+){3}/;

/**
 * Reduces a runtime's text to the words that are the same everywhere: wrappers of the kubelet, credentials, quoted
 * names, URLs, hosts, images, digests, paths, identifiers and numbers go. Unquoted names that are one plain word stay.
 */
export function fingerprintText(raw: string): TextFingerprint {
  const line = unwrap(normalise(redact(raw.slice(0, MAX_CHARACTERS))));
  const words = line
    .replace(/"([^"]*)(?:"|$)/g, (_, quoted: string) => unquote(quoted))
    .replace(/(?<![\p{L}\p{N}])'([^']*)'(?![\p{L}\p{N}])/gu, (_, quoted: string) => unquote(quoted))
    .split(/\s+/)
    .map(plainWord)
    .filter((word) => word !== '');
  // A list of three names is the same text as a list of two.
  const text = words.filter((word, at) => !word.includes('<') || word !== words[at - 1]).join(' ');
  return { hash: createHash('sha256').update(text.toLowerCase()).digest('hex').slice(0, 12), text: clip(text) };
}

function unquote(quoted: string): string {
  return SENTENCE.test(quoted) ? ` ${quoted} ` : ' <name> ';
}

/** One word with what stands around it. */
function plainWord(word: string): string {
  const [, before = '', core = '', after = ''] = /^([^\p{L}\p{N}<]*)(.*?)([^\p{L}\p{N}>]*)$/su.exec(word) ?? [];
  if (core === '') return /[<>]/.test(word) ? '' : word;
  const kind = kindOf(core);
  // What encloses a name counts as little as how many there are.
  const loose = kind.startsWith('<') ? /[[\](){}/.@]/g : /[/.@](?=.)/g;
  return before.replace(loose, '') + kind + after.replace(loose, '');
}

function kindOf(core: string): string {
  if (/^<(?:name|redacted)>$/.test(core) || core === 'redacted') return core;
  if (PLAIN_WORDS.has(core.toLowerCase())) return core;
  if (core.includes('://')) return '<url>';
  if (/^(?:sha256|sha384|sha512):/.test(core)) return '<digest>';
  const assigned = /^([A-Za-z][A-Za-z_]{0,40})=(.+)$/s.exec(core);
  if (assigned !== null) return `${assigned[1]}=<value>`;
  if (/^\d[\d.,]*(?:ns|us|µs|ms|s|m|h|[kmgt]?i?b)?$/i.test(core)) return '<n>';
  // `MANIFEST_UNKNOWN`, `ErrImagePull`, `can't`.
  if (/^[A-Z]+(?:_[A-Z]+)+$/.test(core) || /^\p{L}{1,40}(?:['’]\p{L}{1,3})?$/u.test(core)) return core;
  return '<name>';
}

function clip(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT - 1)}…`;
}
