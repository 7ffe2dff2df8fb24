import type { Cause } from '../cause.ts';
import { runtimeSays } from '../support/evidence.ts';
import { inspectImage, lasting, now } from '../support/fixes.ts';
import { imageSubject } from '../support/subjects.ts';
import { shortImage } from '../support/text.ts';
import { proseWordsOf, says } from '../support/words.ts';

/** A signature or trust policy of the node rejects the image. */
export const signaturePolicyRejected: Cause = {
  id: 'signature-policy-rejected',
  title: 'Signature policy rejects the image',
  family: 'image-policy',
  details: [],
  specificity: 84,
  supersedes: [],
  healsByWaiting: 'no',
  docs: 'docs/causes/signature-policy-rejected.md',
  subject: imageSubject,

  match(failure) {
    const { error, reason } = failure;
    if (error.httpStatus !== undefined && error.httpStatus >= 500) return undefined;
    const isSaid =
      reason === 'SignatureValidationFailed' ||
      says(
        error,
        'source image rejected',
        'signature was required',
        'SignatureValidationFailed',
        'rejected by policy',
        'none of the signatures were accepted',
        'image verifier',
        'trust data',
        'content trust',
        'no matching signatures',
        'no signatures found',
        'signature verification failed',
        'invalid signature',
        'notary',
        'is not accepted',
        'GPG signature',
        'cosign',
        'sigstore',
        'rekor',
        'reading signatures',
        'parsing signature',
        'signature format',
        'signature validation',
      );
    // Verifiers outside the runtimes word it as they like: something is not right with a signature.
    const isAboutSignatures =
      /signatures?(?:(?:is|was|are|were|do|does|has|could|can)?not|isinvalid|mismatch|wasrequired|verif|missing)|(?:unsigned|invalid|untrusted|bad|wrong|no|without)[a-z]{0,12}signature(?!s$)/.test(
        proseWordsOf(error),
      );
    if ((!isSaid && !isAboutSignatures) || says(error, 'policy.json: no such', 'x509:')) return undefined;
    return { confidence: 'likely', evidence: [runtimeSays(failure)] };
  },

  phrase: (failure) => `signature policy rejects ${shortImage(failure, 40)}`,

  fixes: (failure) => [
    now(
      'sign',
      'Sign the image with the key that the policy expects, or deploy one that is signed',
      inspectImage(failure),
    ),
    lasting(
      'sign-in-ci',
      "Sign in CI, and test the nodes' policy (/etc/containers/policy.json, image verifiers) with an unsigned image",
    ),
  ],
};
