import type { Cause } from '../cause.ts';
import { ABSENCE_DETAILS, explainAbsence } from '../support/absence.ts';
import { runtimeSays } from '../support/evidence.ts';
import { fixesOf, inspectImage, lasting, now, putBack } from '../support/fixes.ts';
import { restartOnePod } from '../support/found-now.ts';
import { registryFacts } from '../support/registry-facts.ts';
import { missingOf } from '../support/silence.ts';
import { imageSubject } from '../support/subjects.ts';
import { shortRepository } from '../support/text.ts';

/** Pinned by digest, and that digest is not in the repository. */
export const digestNotFound: Cause = {
  id: 'digest-not-found',
  title: 'Digest does not exist',
  family: 'image-reference',
  details: ABSENCE_DETAILS,
  specificity: 55,
  supersedes: [],
  healsByWaiting: 'perhaps',
  docs: 'docs/causes/digest-not-found.md',
  subject: imageSubject,

  match(failure) {
    if (missingOf(failure) !== 'digest' || registryFacts(failure)?.repository === 'absent') return undefined;
    const { confidence, detail, evidence } = explainAbsence(failure);
    const what = failure.image === undefined ? '' : ` of ${shortRepository(failure.image, 28)}`;
    return {
      confidence,
      ...(detail === undefined ? {} : { detail }),
      evidence: [runtimeSays(failure), ...evidence],
      ...(detail === 'gone-since' ? { phrase: `the pinned digest${what} is gone: it was there before` } : {}),
      ...(detail === 'appeared-since' ? { phrase: `the pinned digest${what} exists by now` } : {}),
    };
  },

  phrase: ({ image }) =>
    image === undefined
      ? 'the pinned digest does not exist'
      : `the pinned digest of ${shortRepository(image, 34)} does not exist`,

  fixes: (failure, { detail }) =>
    fixesOf(
      detail === 'appeared-since' ? restartOnePod(failure) : undefined,
      putBack(failure),
      now('check-digest', 'Ask the registry for that digest; pin one that it has', inspectImage(failure)),
      lasting('retention', 'Keep what is deployed out of the retention policy: untagged manifests are deleted first'),
    ),
};
