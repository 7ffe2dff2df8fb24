import type { PullFailure } from '../../domain/pull-failure.ts';
import type { Cause, Match } from '../cause.ts';
import { ABSENCE_DETAILS, explainAbsence } from '../support/absence.ts';
import { fact, moment, named, runtimeSays } from '../support/evidence.ts';
import { fixesOf, lasting, listTags, now, putBack } from '../support/fixes.ts';
import { restartOnePod } from '../support/found-now.ts';
import { nearTag, offeredTags, useNearTag } from '../support/near-tag.ts';
import { registryFacts } from '../support/registry-facts.ts';
import { missingOf } from '../support/silence.ts';
import { imageSubject } from '../support/subjects.ts';
import { PHRASE_MAX, shownTag } from '../support/text.ts';

/** The registry answers, the tag is not there. */
export const tagNotFound: Cause = {
  id: 'tag-not-found',
  title: 'Tag does not exist',
  family: 'image-reference',
  details: ABSENCE_DETAILS,
  specificity: 50,
  supersedes: [],
  healsByWaiting: 'perhaps',
  docs: 'docs/causes/tag-not-found.md',
  subject: imageSubject,

  match(failure) {
    if (missingOf(failure) !== 'tag') return undefined;
    // A repository that is not there has no tags: that is the cause then.
    if (registryFacts(failure)?.repository === 'absent') return undefined;
    const { confidence, detail, evidence } = explainAbsence(failure);
    const offered = detail === 'appeared-since' ? undefined : offeredTags(failure);
    return {
      confidence,
      ...(detail === undefined ? {} : { detail }),
      evidence: [runtimeSays(failure), ...evidence, ...(offered === undefined ? [] : [offered]), ...history(failure)],
      phrase: phraseOf(failure, detail),
    };
  },

  phrase: (failure) => phraseOf(failure, undefined),

  fixes: (failure, { detail }) =>
    fixesOf(
      detail === 'appeared-since' ? restartOnePod(failure) : undefined,
      detail === 'gone-since'
        ? now('push-again', 'Push the tag again, from the build or from a node that still has the image')
        : undefined,
      putBack(failure),
      detail === 'appeared-since' ? undefined : useNearTag(failure),
      now('list-tags', 'See which tags there are, then correct the tag or push it', listTags(failure)),
      detail === 'gone-since'
        ? lasting('retention', 'Keep deployed tags out of cleanup and lifecycle rules, and pin them by digest')
        : lasting('deploy-after-push', 'Let the deployment wait for the push, and pin what was pushed by digest'),
    ),
};

function phraseOf(failure: PullFailure, detail: string | undefined): string {
  const { image } = failure;
  if (image?.tag === undefined) return 'the image does not exist in its registry';
  if (detail === 'appeared-since') return withTail(image.tag, ' was not found, the registry has it now');
  if (detail === 'gone-since') return withTail(image.tag, ' is gone: it was there before');
  const near = nearTag(failure);
  const other = near === undefined ? undefined : shownTag(near.tag, PHRASE_MAX);
  const both = other === undefined ? undefined : `${tagNamed(image.tag, 45)} does not exist, ${other} does`;
  return both !== undefined && both.length <= PHRASE_MAX ? both : withTail(image.tag, ' does not exist');
}

function tagNamed(tag: string, max: number): string {
  const shown = shownTag(tag, max);
  return shown === undefined ? 'the tag' : `tag ${shown}`;
}

/** The tag whole where it fits before these words. */
function withTail(tag: string, tail: string): string {
  return `${tagNamed(tag, PHRASE_MAX - 'tag '.length - tail.length)}${tail}`;
}

/** What ran before, and who set the new image. */
function history({ workload }: PullFailure): Match['evidence'] {
  if (workload?.imageSetBy === undefined || workload.imageSetAt === undefined) return [];
  const text = `the image was set by ${named(workload.imageSetBy)} on ${moment(workload.imageSetAt)}`;
  return [fact(text, `${workload.kind} ${workload.name}, managedFields`, workload.imageSetAt)];
}
