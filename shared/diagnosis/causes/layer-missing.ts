import type { Cause } from '../cause.ts';
import { runtimeSays } from '../support/evidence.ts';
import { inspectImage, lasting, now } from '../support/fixes.ts';
import { missing } from '../support/missing.ts';
import { imageSubject } from '../support/subjects.ts';
import { shortImage } from '../support/text.ts';

/** The manifest is there, a layer or configuration blob is not. */
export const layerMissing: Cause = {
  id: 'layer-missing',
  title: 'A layer of the image is missing',
  family: 'image-reference',
  details: [],
  specificity: 58,
  supersedes: [],
  healsByWaiting: 'no',
  docs: 'docs/causes/layer-missing.md',
  subject: imageSubject,

  match(failure) {
    if (missing(failure) !== 'blob') return undefined;
    return { confidence: 'likely', evidence: [runtimeSays(failure)] };
  },

  phrase: (failure) => `${shortImage(failure, 38)} is incomplete: a layer is missing`,

  fixes: (failure) => [
    now(
      'push-again',
      "Push the image again from where it was built: the registry's storage has lost a blob",
      inspectImage(failure),
    ),
    lasting('garbage-collection', 'Never run garbage collection beside pushes; check the storage behind the registry'),
  ],
};
