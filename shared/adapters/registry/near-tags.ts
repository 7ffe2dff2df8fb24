import { distance } from 'fastest-levenshtein';
import type { NearTag } from '../../domain/registry-answer.ts';

const NEAREST_MAX = 5;
/** Less than half of the letters differ: beyond that it is another word. */
const FARTHEST = 0.5;
/** Signatures, attestations and SBOMs that cosign keeps beside an image under a tag of their own. */
const COMPANION = /^sha256-[a-f0-9]{64}(?:\.\w+)?$/;
const VERSION = /^v?(\d{1,9}(?:\.\d{1,9})*)(.*)$/;

/**
 * The tags that resemble the one that is missing: most similar first, then newest, then the higher version.
 * @param tags at most some thousands; each is compared
 */
export function nearestTags(wanted: string, tags: readonly NearTag[]): readonly NearTag[] {
  return tags
    .filter(({ tag }) => tag !== wanted && !COMPANION.test(tag))
    .map((near) => ({ near, far: dissimilarity(normalise(wanted), normalise(near.tag)) }))
    .filter(({ far }) => far <= FARTHEST)
    .sort(
      (a, b) =>
        a.far - b.far ||
        (b.near.pushedAt ?? 0) - (a.near.pushedAt ?? 0) ||
        b.near.tag.localeCompare(a.near.tag, 'en', { numeric: true }),
    )
    .slice(0, NEAREST_MAX)
    .map(({ near }) => near);
}

function normalise(tag: string): string {
  return tag
    .toLowerCase()
    .replace(/^v(?=\d)/, '')
    .replaceAll('_', '-');
}

/** 0 = the same but for spelling, 1 = nothing in common. Among versions the numbers count, not their digits. */
function dissimilarity(wanted: string, tag: string): number {
  if (wanted === tag) return 0;
  const letters = distance(wanted, tag) / Math.max(wanted.length, tag.length);
  const [, numbers, rest] = VERSION.exec(wanted) ?? [];
  const [, otherNumbers, otherRest] = VERSION.exec(tag) ?? [];
  if (numbers === undefined || otherNumbers === undefined) return letters;
  // 1.27-alpine beside 1.27: the same version of another kind.
  if (numbers === otherNumbers) return Math.min(letters, 0.15) + letters / 20;
  if (rest !== otherRest) return letters;
  return versionDistance(numbers, otherNumbers) ?? Math.max(letters, 0.3);
}

/**
 * 1.28 is next to 1.27, farther from 1.18; 1.27.3 belongs to 1.27.
 * @returns `undefined` where the numbers have nothing in common, as 2.28 and 1.28 have
 */
function versionDistance(one: string, other: string): number | undefined {
  const [a, b] = [one.split('.').map(Number), other.split('.').map(Number)];
  const length = Math.max(a.length, b.length);
  let shared = 0;
  while (shared < length && a[shared] === b[shared]) shared += 1;
  if (shared === Math.min(a.length, b.length)) return 0.1;
  const gap = Math.abs((a[shared] ?? 0) - (b[shared] ?? 0));
  // Of single numbers (builds, dates) only neighbours are near.
  if (shared === 0 && (length > 1 || gap > 10)) return undefined;
  return 0.3 - 0.05 * Math.min(shared, 4) + Math.min(gap, 100) / 1000;
}
