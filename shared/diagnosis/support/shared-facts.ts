import type { Evidence } from '../../domain/finding.ts';
import type { PullFailure } from '../../domain/pull-failure.ts';
import type { Cause, Match } from '../cause.ts';
import { fact, moment } from './evidence.ts';
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
  const known = [...spread, risk, heldResources(failure)].filter((each) => each !== undefined);
  const isTextOnly = [...match.evidence, ...known].every(({ isQuote }) => isQuote === true);
  const added = isTextOnly ? waitsSince(failure) : known;
  if (added.length === 0) return match;
  const detail = match.detail ?? (spread.length > 0 ? ONLY_SOME_NODES : undefined);
  return { ...match, ...(detail === undefined ? {} : { detail }), evidence: [...match.evidence, ...added] };
}

/**
 * What pod and events say where there is nothing but the runtime's words: since when. No counts: they would change the
 * message at every try.
 */
function waitsSince({ pod, events, firstFailedAt, observedAt }: PullFailure): readonly Evidence[] {
  if (pod === undefined) return [];
  if (firstFailedAt !== undefined && events.length > 0) {
    return [fact(`its first failed pull was seen ${moment(firstFailedAt)}`, 'events', observedAt)];
  }
  if (pod.createdAt === undefined) return [];
  const what = pod.hasStarted ? 'the container waits' : 'no container of the pod has started';
  return [fact(`${what}; the pod was created ${moment(pod.createdAt)}`, 'pod status', observedAt)];
}
