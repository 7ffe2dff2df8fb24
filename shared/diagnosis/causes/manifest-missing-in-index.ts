import type { Cause } from '../cause.ts';
import { runtimeSays } from '../support/evidence.ts';
import { inspectImage, lasting, now } from '../support/fixes.ts';
import { missing } from '../support/missing.ts';
import { imageSubject } from '../support/subjects.ts';
import { shortImage } from '../support/text.ts';

/** Tag or index exist, but a manifest that it points to was deleted. */
export const manifestMissingInIndex: Cause = {
  id: 'manifest-missing-in-index',
  title: 'Image index points to a deleted manifest',
  family: 'image-reference',
  details: [],
  specificity: 58,
  supersedes: [],
  healsByWaiting: 'no',
  docs: 'docs/causes/manifest-missing-in-index.md',
  subject: imageSubject,

  match(failure) {
    if (missing(failure) !== 'manifest-in-index') return undefined;
    return { confidence: 'likely', evidence: [runtimeSays(failure)] };
  },

  phrase: (failure) => `${shortImage(failure, 30)} is incomplete: a manifest was deleted`,

  fixes: (failure) => [
    now(
      'push-again',
      'Build and push the tag again: the index is there, a manifest of it is not',
      inspectImage(failure),
    ),
    lasting(
      'retention',
      'Let cleanup skip untagged manifests that a tagged index refers to (ghcr, Harbor, ECR lifecycle)',
    ),
  ],
};
