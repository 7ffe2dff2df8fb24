import { compact } from '../../domain/compact.ts';
import type { PullError } from '../../domain/pull-error.ts';
import { oncePer } from './once-per.ts';

/**
 * Single words and the cause that they mostly belong to, most telling first. For messages that nobody has met yet:
 * runtimes and registries invent new sentences, and keep to the nouns of the field.
 */
const NOUNS: readonly (readonly [words: RegExp, causeId: string])[] = [
  [/decrypt|encrypt/, 'encrypted-image'],
  [/signature|unsigned|sigstore|notar[yi]/, 'signature-policy-rejected'],
  [/credential(?:helper|plugin)/, 'kubelet-credential-provider-failed'],
  [/certificate|x509/, 'tls-other'],
  [/(?:ssl|tls)(?:error|alert|handshake|connection|version)/, 'tls-other'],
  [/ratelimit|throttl/, 'rate-limited'],
  [/proxy/, 'proxy-error'],
  [/dns|nameserver|resolvehost/, 'dns-failure'],
  [/mirror/, 'mirror-or-cache-failure'],
  [/disk(?:space|usage|full|isfull)|freespace|outofspace/, 'disk-full'],
  [/platform|architecture/, 'platform-mismatch'],
  [/mediatype|mimetype/, 'manifest-unknown-media-type'],
  [/checksum|corrupt|mismatch/, 'digest-mismatch-or-corrupt'],
  [/password|credential|login|authenticat|unauthori[sz]ed/, 'auth-missing'],
  [/denied|forbidden|not(?:allowed|permitted)/, 'access-denied-or-not-found'],
  [/toml|snapshotter|misconfigur|invalidconfig/, 'runtime-config'],
  [/untar|unpack|extract|decompress|gzip|zstd/, 'unpack-failure'],
  [/snapshot|overlay|devicemapper|btrfs|zfs|filesystem|mountpoint/, 'disk-io-or-filesystem'],
  [/manifest|rootfs/, 'manifest-invalid-or-unsupported'],
  [/dialtcp|dialudp/, 'network-unreachable'],
  [/timeout|timedout|deadline/, 'connection-timeout'],
  [/cancel/, 'pull-cancelled'],
  [/unavailable|outage/, 'registry-unavailable'],
  [/notfound|doesnotexist|nosuchimage/, 'tag-not-found'],
];

/** What the nouns of a message point to that no cause recognises; names and paths say nothing. */
export const guessByNouns = oncePer((error: PullError): string | undefined => {
  const words = compact(error.text.replace(/pull and unpack|(?<!\S)\S*?[/@]\S*/g, ' '));
  return NOUNS.find(([pattern]) => pattern.test(words))?.[1];
});
