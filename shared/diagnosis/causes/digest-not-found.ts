import type { Cause } from '../cause.ts';
import { runtimeSays } from '../support/evidence.ts';
import { inspectImage, lasting, now, putBack } from '../support/fixes.ts';
import { missing } from '../support/missing.ts';
import { imageSubject } from '../support/subjects.ts';
import { shortRepository } from '../support/text.ts';

/** Pinned by digest, and that digest is not in the repository. */
export const digestNotFound: Cause = {
  id: 'digest-not-found',
  title: 'Digest does not exist',
  family: 'image-reference',
  details: [],
  specificity: 55,
  supersedes: [],
  healsByWaiting: 'perhaps',
  docs: 'docs/causes/digest-not-found.md',
  subject: imageSubject,

  match(failure) {
    if (missing(failure) !== 'digest') return undefined;
    return { confidence: 'likely', evidence: [runtimeSays(failure)] };
  },

  phrase: ({ image }) =>
    image === undefined
      ? 'the pinned digest does not exist'
      : `the pinned digest of ${shortRepository(image, 34)} does not exist`,

  fixes: (failure) => [
    ...[putBack(failure)].filter((fix) => fix !== undefined),
    now('check-digest', 'Ask the registry for that digest; pin one that it has', inspectImage(failure)),
    lasting('retention', 'Keep what is deployed out of the retention policy: untagged manifests are deleted first'),
  ],
};
