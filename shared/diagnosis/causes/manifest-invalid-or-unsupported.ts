import type { Cause } from '../cause.ts';
import { runtimeSays } from '../support/evidence.ts';
import { inspectImage, lasting, now } from '../support/fixes.ts';
import { imageSubject } from '../support/subjects.ts';
import { shortImage } from '../support/text.ts';
import { says, wordsOf } from '../support/words.ts';

/** The manifest is of an old schema, broken, or not supported by this runtime. */
export const manifestInvalidOrUnsupported: Cause = {
  id: 'manifest-invalid-or-unsupported',
  title: 'Manifest is invalid or not supported',
  family: 'image-content',
  details: [],
  specificity: 54,
  supersedes: [],
  healsByWaiting: 'no',
  docs: 'docs/causes/manifest-invalid-or-unsupported.md',
  subject: imageSubject,

  match(failure) {
    const { error } = failure;
    if (error.stage === 'unpack') return undefined;
    const isOld = says(
      error,
      'manifest.v1+',
      'schema1',
      'schema 1',
      'schema v1',
      'schemaversion',
      'schema version',
      'image format v1',
      'docker image v1',
    );
    const isBroken =
      error.code === 'MANIFEST_INVALID' ||
      says(
        error,
        'manifest invalid',
        'invalid manifest',
        'unsupported manifest',
        'target is unknown',
        'missing signature key',
        'unmarshal manifest',
        'parsing manifest',
        'is no longer supported',
        'manifest is not supported',
        'manifest type not supported',
        'manifest verification failed',
        'missing content-type',
        'unsupported schema',
        'mediaType in manifest should be',
        'missing or empty content-type',
      ) ||
      // An empty answer with a status says what the status says.
      (error.httpStatus === undefined && says(error, 'unexpected end of JSON input')) ||
      // containerd's converter of schema 1, which was signed.
      /(?:^|:)nosignatures$/.test(wordsOf(error));
    if (!isOld && !isBroken) return undefined;
    return { confidence: 'likely', evidence: [runtimeSays(failure)] };
  },

  phrase: (failure) => `manifest of ${shortImage(failure, 32)} is invalid or unsupported`,

  fixes: (failure) => [
    now('inspect', 'Look at the manifest: its mediaType and schemaVersion decide', inspectImage(failure)),
    lasting('rebuild', 'Rebuild and push with a current tool: containerd 2.1 and later refuse Docker schema 1'),
  ],
};
