import type { PullFailure } from '../../domain/pull-failure.ts';
import type { Cause, Match } from '../cause.ts';
import { fact, runtimeSays } from '../support/evidence.ts';
import { inspectImage, lasting, now } from '../support/fixes.ts';
import { imageSubject } from '../support/subjects.ts';
import { shortImage } from '../support/text.ts';
import { says, saysAll, wordsOf } from '../support/words.ts';

/** What the registry sent is no container image: another media type, a web page, an OCI artifact. */
export const manifestUnknownMediaType: Cause = {
  id: 'manifest-unknown-media-type',
  title: 'Not a container image',
  family: 'image-content',
  details: [],
  specificity: 57,
  supersedes: [],
  healsByWaiting: 'no',
  docs: 'docs/causes/manifest-unknown-media-type.md',
  subject: imageSubject,

  match(failure) {
    const { error } = failure;
    if (says(error, 'manifest.v1+') || saysAll(error, 'media type', 'no longer supported')) return undefined;
    const isOther = says(
      error,
      'unknown media type',
      'unsupported media type',
      'unexpected media type',
      'unrecognized media type',
      'invalid media type',
      'unsupported mediatype',
      'reference for unknown type',
      'encountered unknown type',
      'children may not be fetched',
      'neither a manifest or index',
      'neither a manifest nor',
      'not a container image',
      'artifact with type',
      'unsupported image-specific operation',
      'when fetching',
      'text/html',
      'invalid rootfs in image configuration',
    );
    const isOtherKind =
      /(?:invalid|unsupported|unknown|unexpected|unrecogni[sz]ed|unimplemented)[a-z]{0,24}(?:media|mime)type|(?:media|mime)type\S{0,120}not(?:allowed|supported)/.test(
        wordsOf(error),
      );
    const isPage = says(error, "invalid character '<'") && error.httpStatus === undefined;
    if (!isOther && !isOtherKind && !isPage) return undefined;
    return { confidence: 'likely', evidence: [runtimeSays(failure), ...hint(failure)] };
  },

  phrase: (failure) => `${shortImage(failure, 36)} is not a container image`,

  fixes: (failure) => [
    now('inspect', 'Look at what is stored under that name: a chart, a signature, a web page?', inspectImage(failure)),
    lasting(
      'name-artifacts',
      'Keep charts, signatures and images under names of their own; let mirrors answer errors as errors',
    ),
  ],
};

function hint({ error }: PullFailure): Match['evidence'] {
  if (!says(error, 'text/html', "invalid character '<'")) return [];
  return [fact('a web page came instead of a manifest: a mirror, proxy or login page answers', 'the runtime')];
}
