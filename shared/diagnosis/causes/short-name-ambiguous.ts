import { formatImageReference } from '../../domain/image-reference.ts';
import type { PullFailure } from '../../domain/pull-failure.ts';
import type { Cause } from '../cause.ts';
import { runtimeSays } from '../support/evidence.ts';
import { lasting, now, setImage } from '../support/fixes.ts';
import { imageSubject } from '../support/subjects.ts';
import { plainWords } from '../support/text.ts';
import { says } from '../support/words.ts';

/** CRI-O and containers-image refuse an image name without a registry. */
export const shortNameAmbiguous: Cause = {
  id: 'short-name-ambiguous',
  title: 'Image name has no registry',
  family: 'image-name',
  details: [],
  specificity: 95,
  supersedes: [],
  healsByWaiting: 'no',
  docs: 'docs/causes/short-name-ambiguous.md',
  subject: imageSubject,

  match(failure) {
    if (
      !says(
        failure.error,
        'short name mode',
        'short-name',
        'returns ambiguous list',
        'unqualified-search registries',
        'short name resolution',
        'no registries configured',
        'unqualified image',
      )
    )
      return undefined;
    return { confidence: 'likely', evidence: [runtimeSays(failure)] };
  },

  phrase: ({ imageText }) => `image name ${plainWords(imageText ?? '', 26)} names no registry`.replace('  ', ' '),

  fixes: (failure) => [
    now('full-name', 'Write the registry into the image name, such as docker.io/…', fullName(failure)),
    lasting('qualified-names', 'Refuse images without a registry by admission policy; do not rely on registries.conf'),
  ],
};

function fullName(failure: PullFailure): string | undefined {
  const { image } = failure;
  return image === undefined ? undefined : setImage(failure, formatImageReference(image));
}
