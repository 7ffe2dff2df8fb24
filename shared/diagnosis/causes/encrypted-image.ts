import type { Cause } from '../cause.ts';
import { runtimeSays } from '../support/evidence.ts';
import { describeNode, lasting, now } from '../support/fixes.ts';
import { imageSubject } from '../support/subjects.ts';
import { shortImage } from '../support/text.ts';
import { says } from '../support/words.ts';

/** Layers are encrypted and the node has no key or decoder. */
export const encryptedImage: Cause = {
  id: 'encrypted-image',
  title: 'Image is encrypted and the node has no key',
  family: 'image-policy',
  details: [],
  specificity: 85,
  supersedes: ['unpack-failure'],
  healsByWaiting: 'no',
  docs: 'docs/causes/encrypted-image.md',
  subject: imageSubject,

  match(failure) {
    const { error } = failure;
    const isSaid = says(
      error,
      'needed for decryption',
      'decrypt',
      '+encrypted',
      'ctd-decoder',
      'ocicrypt',
      'private key needed',
      'no suitable key unwrapper',
      'unwrap key',
      // The decoder gets its keys over a file descriptor, which the runtime has to hand it.
      'read configFd',
    );
    if (!isSaid) return undefined;
    return { confidence: 'likely', evidence: [runtimeSays(failure)] };
  },

  phrase: (failure) => `${shortImage(failure, 34)} is encrypted; the node has no key`,

  fixes: (failure) => [
    now(
      'deploy-key',
      'Put the decryption key where the runtime reads it (/etc/containerd/ocicrypt/keys, /etc/crio/keys)',
      describeNode(failure),
    ),
    lasting('node-image', 'Ship ctd-decoder and the key with the node image, and label the nodes that have it'),
  ],
};
