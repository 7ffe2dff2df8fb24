import type { ImageReference } from '../../domain/image-reference.ts';
import type { PullFailure } from '../../domain/pull-failure.ts';

/** Characters of a finding's phrase; with cluster and workload before it the first line stays within 120. */
export const PHRASE_MAX = 70;

/** Shortens with `…`, never in the middle of a surrogate pair. */
export function clip(text: string, max: number): string {
  if (text.length <= max) return text;
  const characters = [...text];
  return characters.length <= max ? text : `${characters.slice(0, max - 1).join('')}…`;
}

/** The repository as people call it: no host, no `library/`, at most its last two components. */
export function shortRepository({ repository }: ImageReference, max = 26): string {
  const components = repository.split('/').filter((component, index) => !(index === 0 && component === 'library'));
  const last = components.slice(-2);
  // A first component with a dot is a host inside the path (a mirror's prefix).
  const shown = last.length === 2 && last[0]?.includes('.') ? last.slice(1) : last;
  return clip(shown.join('/'), max);
}

/** `acme/trainer:2`, or the repository alone where a digest is asked. No host, no digest. */
export function shortImage({ image }: PullFailure, max = 34): string {
  if (image === undefined) return 'the image';
  if (image.tag === undefined || image.digest !== undefined) return shortRepository(image, max);
  const tag = clip(image.tag, 18);
  return `${shortRepository(image, Math.max(8, max - tag.length - 1))}:${tag}`;
}

/** Git commits and digests are shown by their beginning. */
const HASH = /^[0-9a-f]{16,}$/i;
const LIKE_A_HOST = /^(?:[a-z0-9-]+\.)+[a-z]{2,}$/i;

/**
 * A tag fit for a first line.
 *
 * @returns `undefined` for one that looks like a host name: a phone makes a link of it
 */
export function shownTag(tag: string, max: number): string | undefined {
  if (LIKE_A_HOST.test(tag)) return undefined;
  return HASH.test(tag) ? `${tag.slice(0, 12)}…` : clip(tag, max);
}

/** Runtime text fit for a first line: no link, host, digest, markup or quotes. */
export function plainWords(text: string, max: number): string {
  const plain = text
    .replace(/\b[a-z][a-z0-9+.-]{0,20}:\/\/\S*/gi, '…')
    .replace(/\b(?:sha\d{3}:)?[0-9a-f]{12,}\b/gi, '…')
    .replace(/(?<![\w.-])(?:[\w-]{1,63}\.){1,24}[a-z]{2,}(?::\d+)?(?:\/[^\s"]*)?/gi, '…')
    .replace(/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b/g, '…')
    .replace(/_/g, '-')
    .replace(/["'`*~<>&|]/g, '')
    .replace(/\s+/g, ' ')
    .replace(/(?:… ?)+/g, '… ')
    .trim();
  return clip(plain, max);
}
