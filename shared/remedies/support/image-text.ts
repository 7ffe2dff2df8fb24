import { parseImageReference } from '../../domain/image-reference.ts';

/** Host with its port, then the path up to a colon or an at sign: what the policy `pullmedic-workloads` compares. */
const REPOSITORY = /^(?:[^/@]+\/)?[^:@]+/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
/** What that policy takes for a whole reference. */
const WHOLE =
  /^(?:[^/@\s]+\/)?[^:@\s]+(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}|(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?@sha256:[0-9a-f]{64})$/;

/** The repository as it is written. */
export function repositoryText(image: string): string {
  return REPOSITORY.exec(image)?.[0] ?? image;
}

/** @returns `undefined` where that is no tag */
export function withTag(image: string, tag: string): string | undefined {
  return TAG.test(tag) ? `${repositoryText(image)}:${tag}` : undefined;
}

/** @returns `undefined` where that is no digest that may be written */
export function withDigest(image: string, digest: string): string | undefined {
  return DIGEST.test(digest) ? `${repositoryText(image)}@${digest}` : undefined;
}

/** Whether one may be put in the other's place: only the tag or the digest differs, and it is well-formed. */
export function isOtherVersion(before: string, after: string): boolean {
  return (
    before !== after &&
    repositoryText(before) === repositoryText(after) &&
    WHOLE.test(after) &&
    parseImageReference(after) !== undefined
  );
}

/** Tag or shortened digest, as people call a version: `v1.2.2`, `sha256:0d1f2ab…`. */
export function versionOf(image: string): string {
  const parsed = parseImageReference(image);
  if (parsed === undefined) return image;
  if (parsed.digest !== undefined) return `${parsed.digest.slice(0, 'sha256:'.length + 7)}…`;
  return parsed.tag ?? 'latest';
}
