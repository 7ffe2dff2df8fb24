import { distance } from 'fastest-levenshtein';
import type { Evidence, Fix } from '../../domain/finding.ts';
import type { ImageReference } from '../../domain/image-reference.ts';
import type { PullFailure } from '../../domain/pull-failure.ts';
import type { NearTag } from '../../domain/registry-answer.ts';
import { moment, named } from './evidence.ts';
import { correctImage } from './fixes.ts';
import { registryFacts, registrySays } from './registry-facts.ts';

/** Share of a tag's characters that may differ for another one to be what was meant. */
const MOST_DIFFERENT = 0.4;

/** A tag that the registry has and that was probably meant. Another build of the same length is as far as it goes. */
export function nearTag({ image, registry }: PullFailure): NearTag | undefined {
  const asked = image?.tag;
  if (asked === undefined || image?.digest !== undefined) return undefined;
  const [nearest] = registry?.tags?.nearest ?? [];
  if (nearest === undefined || nearest.tag === asked) return undefined;
  // Two commits or two dates are no typing errors of each other.
  if (/^[0-9a-f]{12,}$/i.test(asked)) return undefined;
  const far = distance(asked.toLowerCase(), nearest.tag.toLowerCase());
  return far <= Math.max(1, Math.floor(asked.length * MOST_DIFFERENT)) ? nearest : undefined;
}

/** What the repository offers instead, as the registry listed it. */
export function offeredTags(failure: PullFailure): Evidence | undefined {
  const facts = registryFacts(failure);
  const tags = facts?.answer.tags;
  if (facts === undefined || tags === undefined) return undefined;
  const of = tags.isComplete ? `of its ${tags.count} tags` : `of the ${tags.count} tags that were read`;
  if (tags.nearest.length === 0) {
    const text = tags.count === 0 ? 'the repository has no tag at all' : `none ${of} resembles it`;
    return registrySays(facts.answer, text);
  }
  const shown = tags.nearest.map(
    ({ tag, pushedAt }) => `${named(tag)}${pushedAt === undefined ? '' : ` (pushed ${moment(pushedAt)})`}`,
  );
  return registrySays(facts.answer, `nearest ${of}: ${shown.join(', ')}`);
}

/** Sets the nearest tag instead, where one was probably meant and nothing else would put it back to just that. */
export function useNearTag(failure: PullFailure): Fix | undefined {
  const near = nearTag(failure);
  const { image, workload } = failure;
  if (near === undefined || image === undefined) return undefined;
  const reference = withTag(image, near.tag);
  return reference === workload?.previousImage
    ? undefined
    : correctImage(failure, 'correct-image', 'If it is a typing error, use the nearest tag that there is', reference);
}

/** As the image is written, with another tag. */
function withTag({ raw, tag, isTagExplicit }: ImageReference, other: string): string {
  const name = isTagExplicit && tag !== undefined ? raw.slice(0, raw.length - tag.length - 1) : raw;
  return `${name}:${other}`;
}
