import type { Cause } from '../cause.ts';
import { runtimeSays } from '../support/evidence.ts';
import { askFromNode, lasting, now } from '../support/fixes.ts';
import { failingHost, hostSubject } from '../support/subjects.ts';
import { says } from '../support/words.ts';

/** The certificate is signed by an authority that the node does not trust. */
export const tlsUnknownCa: Cause = {
  id: 'tls-unknown-ca',
  title: 'Registry certificate is signed by an unknown authority',
  family: 'registry-tls',
  details: [],
  specificity: 70,
  supersedes: ['tls-other'],
  healsByWaiting: 'no',
  docs: 'docs/causes/tls-unknown-ca.md',
  subject: hostSubject,

  match(failure) {
    const { error } = failure;
    if (error.peer === 'proxy' || error.peer === 'runtime') return undefined;
    if (
      !says(
        error,
        'signed by unknown authority',
        'unable to get local issuer',
        'unable to get issuer',
        'self-signed certificate',
        'self signed certificate',
        'certificate is not trusted',
        'no roots provided',
        'certificate verify failed: unable',
      )
    )
      return undefined;
    return { confidence: 'likely', evidence: [runtimeSays(failure)] };
  },

  phrase: () => 'certificate of the registry is signed by an unknown authority',

  fixes: (failure) => [
    now(
      'trust-ca',
      "Put the authority's certificate where the runtime reads it: certs.d/<host>/ca.crt and hosts.toml",
      askFromNode(failure, failingHost(failure)),
    ),
    lasting(
      'ca-in-node-image',
      'Bake the authority into the node image; a proxy that inspects TLS needs its own one there',
    ),
  ],
};
