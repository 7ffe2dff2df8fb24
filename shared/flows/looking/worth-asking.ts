import type { Finding } from '../../domain/finding.ts';
import type { PullFailure } from '../../domain/pull-failure.ts';

/** Causes of which a registry knows nothing: the name, the node, its runtime, its way to the registry. */
export const NOTHING_TO_ASK: ReadonlySet<string> = new Set([
  'invalid-image-name',
  'short-name-ambiguous',
  'image-never-pull',
  'dns-failure',
  'network-unreachable',
  'proxy-error',
  'http-https-mismatch',
  'tls-expired-or-not-yet-valid',
  'tls-hostname-mismatch',
  'tls-other',
  'tls-unknown-ca',
  'disk-full',
  'disk-io-or-filesystem',
  'unpack-failure',
  'encrypted-image',
  'signature-policy-rejected',
  'runtime-config',
  'runtime-unavailable',
  'pull-cancelled',
  'pull-qps-exceeded',
  'pull-slow',
  'pull-stalled',
]);

const ABOUT_PLATFORMS: ReadonlySet<string> = new Set([
  'platform-mismatch',
  'manifest-missing-in-index',
  'manifest-unknown-media-type',
]);

/**
 * Whether an answer of the registry can add something to what the text says.
 * @param byText all findings without any answer, best first
 */
export function isWorthAsking(
  { image, container }: Pick<PullFailure, 'image' | 'container'>,
  [best]: readonly Finding[],
): boolean {
  if (image === undefined || container?.imagePullPolicy === 'Never' || best === undefined) return false;
  return !NOTHING_TO_ASK.has(best.causeId);
}

/** Whether the image's platforms matter: the error speaks of them, or says nothing and the node's is known. */
export function wantsPlatforms({ node }: Pick<PullFailure, 'node'>, byText: readonly Finding[]): boolean {
  if (byText.some(({ causeId }) => ABOUT_PLATFORMS.has(causeId))) return true;
  return byText[0]?.causeId === 'unknown' && node?.architecture !== undefined;
}
