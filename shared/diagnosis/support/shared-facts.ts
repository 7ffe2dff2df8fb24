import type { PullFailure } from '../../domain/pull-failure.ts';
import type { Cause, Match } from '../cause.ts';
import { heldResources } from './held-resources.ts';
import { mutableTagRisk } from './mutable-tag.ts';
import { nodeSpread, ONLY_SOME_NODES } from './node-spread.ts';

/** Causes of which a tag that moves may be part of the story. */
const ABOUT_THE_IMAGE = ['image-reference', 'image-platform'];

/**
 * What many causes share: on which nodes it fails (where the cause says that nodes may differ), what the stuck pod keeps
 * from others, and whether the tag is one that moves.
 */
export function addSharedFacts(cause: Cause, match: Match, failure: PullFailure): Match {
  const spread = cause.details.includes(ONLY_SOME_NODES) ? nodeSpread(failure) : [];
  const risk = ABOUT_THE_IMAGE.includes(cause.family) ? mutableTagRisk(failure) : undefined;
  const added = [...spread, risk, heldResources(failure)].filter((each) => each !== undefined);
  if (added.length === 0) return match;
  const detail = match.detail ?? (spread.length > 0 ? ONLY_SOME_NODES : undefined);
  return { ...match, ...(detail === undefined ? {} : { detail }), evidence: [...match.evidence, ...added] };
}
