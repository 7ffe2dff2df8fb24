import { isHostMatch, parseRegistryKey } from '../pull-secret/registry-key.ts';
import { readEcrRegistry } from './ecr-registry.ts';
import type { RefreshTarget, TargetRegistry } from './target.ts';

/** What an `auths` key is to the targets that claim its Secret. */
export type KeyVerdict =
  /** The kubelet would use it for this registry of this target: it may get a token. */
  | { readonly kind: 'ours'; readonly target: RefreshTarget; readonly registry: TargetRegistry }
  /** ECR, but of no registry that the targets name. */
  | { readonly kind: 'foreign'; readonly host: string }
  /** Made to look like ECR, or a glob that reaches beyond ECR: a token there would leave AWS. */
  | { readonly kind: 'look-alike'; readonly host: string }
  /** Any other registry: none of our business. */
  | { readonly kind: 'other' };

/**
 * Only the account and the region may be globs: with anything else in them, hosts outside ECR would match, and whoever
 * may write the Secret could have the token sent there.
 */
const ECR_GLOB = /^[^.]+\.(?:dkr\.ecr(?:-fips)?|dkr-ecr(?:-fips)?)\.[^.]+\.[a-z0-9.-]+$/;
/** Labels and words of ECR hosts, wherever they stand. */
const ECR_WORDS = /dkr[.-]ecr|(?:^|\.)ecr\.|amazonaws|ecr\.aws/i;

/** Judges a key without asking anybody. The first target that names a registry for it wins. */
export function judgeKey(key: string, targets: readonly RefreshTarget[]): KeyVerdict {
  const parsed = parseRegistryKey(key);
  if (parsed === undefined) return ECR_WORDS.test(key) ? { kind: 'look-alike', host: key } : { kind: 'other' };
  // The kubelet compares hosts as written; an upper-case key serves upper-case images of the very same registry.
  const host = parsed.host.toLowerCase().replace(/:443$/, '');
  const exact = readEcrRegistry(host);
  if (exact === undefined && !isGlob(host)) {
    return ECR_WORDS.test(host) ? { kind: 'look-alike', host } : { kind: 'other' };
  }

  for (const target of targets) {
    const registry = target.registries.find((one) =>
      exact === undefined ? isHostMatch(host, one.host) : isSameRegistry(one, exact.host),
    );
    if (registry === undefined) continue;
    return exact !== undefined || isSafeGlob(host) ? { kind: 'ours', target, registry } : { kind: 'look-alike', host };
  }
  if (exact !== undefined || isSafeGlob(host)) return { kind: 'foreign', host };
  return ECR_WORDS.test(host) ? { kind: 'look-alike', host } : { kind: 'other' };
}

/** @param host a full ECR host, in lower case */
function isSameRegistry(registry: TargetRegistry, host: string): boolean {
  if (registry.host === host) return true;
  if (!registry.isAnyHost) return false;
  const ecr = readEcrRegistry(host);
  return ecr?.service === 'ecr' && ecr.account === registry.account && ecr.region === registry.region;
}

function isGlob(host: string): boolean {
  return /[*?[\\]/.test(host);
}

/** Whether everything that a glob matches is ECR: put a plausible account and region in its place and look. */
function isSafeGlob(host: string): boolean {
  if (!ECR_GLOB.test(host)) return false;
  const labels = host.split('.');
  const at = labels[1] === 'dkr' ? 3 : 2;
  const region = isGlob(labels[at] ?? '') ? regionOfSuffix(labels.slice(at + 1).join('.')) : labels[at];
  const filled = ['123456789012', ...labels.slice(1, at), region, ...labels.slice(at + 1)].join('.');
  return readEcrRegistry(filled)?.service === 'ecr';
}

function regionOfSuffix(suffix: string): string {
  return suffix.endsWith('.cn') ? 'cn-north-1' : 'us-east-1';
}
