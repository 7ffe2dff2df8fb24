import type { PullFailure } from '../../domain/pull-failure.ts';
import type { Cause, Match } from '../cause.ts';
import { fact, moment, named, runtimeSays } from '../support/evidence.ts';
import { lasting, listTags, now, putBack } from '../support/fixes.ts';
import { missing } from '../support/missing.ts';
import { imageSubject } from '../support/subjects.ts';
import { clip } from '../support/text.ts';

/** The registry answers, the tag is not there. */
export const tagNotFound: Cause = {
  id: 'tag-not-found',
  title: 'Tag does not exist',
  family: 'image-reference',
  details: [],
  specificity: 50,
  supersedes: [],
  healsByWaiting: 'perhaps',
  docs: 'docs/causes/tag-not-found.md',
  subject: imageSubject,

  match(failure) {
    if (missing(failure) !== 'tag') return undefined;
    return { confidence: 'likely', evidence: [runtimeSays(failure), ...history(failure)] };
  },

  phrase: ({ image }) =>
    image?.tag === undefined ? 'the image does not exist in its registry' : `tag ${clip(image.tag, 45)} does not exist`,

  fixes: (failure) => [
    ...[putBack(failure)].filter((fix) => fix !== undefined),
    now('list-tags', 'See which tags there are, then correct the tag or push it', listTags(failure)),
    lasting('deploy-after-push', 'Let the deployment wait for the push, and pin what was pushed by digest'),
  ],
};

/** What ran before, and who set the new image. */
function history({ workload }: PullFailure): Match['evidence'] {
  if (workload?.imageSetBy === undefined || workload.imageSetAt === undefined) return [];
  const text = `the image was set by ${named(workload.imageSetBy)} on ${moment(workload.imageSetAt)}`;
  return [fact(text, `${workload.kind} ${workload.name}, managedFields`, workload.imageSetAt)];
}
