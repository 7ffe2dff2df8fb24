import type { PullFailure } from '../../domain/pull-failure.ts';
import type { Cause, Match } from '../cause.ts';
import { fact, runtimeSays } from '../support/evidence.ts';
import { lasting, now, putBack } from '../support/fixes.ts';
import { imageSubject } from '../support/subjects.ts';
import { plainWords } from '../support/text.ts';
import { says } from '../support/words.ts';

/** The reference cannot be parsed; nothing was asked of a registry. */
export const invalidImageName: Cause = {
  id: 'invalid-image-name',
  title: 'Image reference cannot be parsed',
  family: 'image-name',
  details: [],
  specificity: 90,
  supersedes: [],
  healsByWaiting: 'no',
  docs: 'docs/causes/invalid-image-name.md',
  subject: imageSubject,

  match(failure) {
    const { error, reason } = failure;
    if (says(error, 'short-name', 'short name mode')) return undefined;
    const isByKubelet = reason === 'InvalidImageName' || says(error, 'Failed to apply default image tag');
    const isInText = says(
      error,
      'invalid reference format',
      "couldn't parse image",
      'repository name must be lowercase',
      'repository name must be canonical',
      'invalid repository name',
      'invalid namespace name',
      'invalid tag format',
      'invalid image name',
      'unsupported digest algorithm',
      '64-byte hexadecimal',
    );
    if (!isByKubelet && !isInText) return undefined;
    // The kubelet parses the reference itself, before anything is asked: its word is the proof.
    return { confidence: isByKubelet ? 'certain' : 'likely', evidence: [runtimeSays(failure), ...problems(failure)] };
  },

  phrase: ({ imageText }) => `image name ${plainWords(imageText ?? '', 30)} is not valid`.replace('  ', ' '),

  fixes: (failure) => [
    ...[putBack(failure)].filter((fix) => fix !== undefined),
    now('correct-name', 'Correct the image name in the workload: lower case, no scheme, one tag, no blanks'),
    lasting(
      'validate-names',
      'Let CI parse rendered manifests: an unset variable in a template is the usual source',
      TEMPLATES,
    ),
  ],
};

const TEMPLATES = "grep -rnE 'image: *(\"?(None|null|undefined|<no value>)|.*://)' manifests/";

/** What is wrong with it, where that can be told. */
function problems({ imageText, error }: PullFailure): Match['evidence'] {
  const name = imageText ?? error.image;
  if (name === undefined) return [];
  const source = 'image reference';
  if (name.includes('://')) return [fact('it begins with a scheme, which image names never have', source)];
  if (/[^\u0021-\u007e]/.test(name)) return [fact('it holds a blank or an invisible character', source)];
  if (/[A-Z]/.test(name.split(/[:@]/)[0] ?? '')) return [fact('it holds upper-case letters before the tag', source)];
  if (name.startsWith('/')) return [fact('it begins with a slash: the registry is missing', source)];
  if (name.split('/').at(-1)?.split(':').length === 3) return [fact('it has two tags', source)];
  return [];
}
