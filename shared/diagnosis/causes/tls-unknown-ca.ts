import type { Cause } from '../cause.ts';
import { matchCertificateFault } from '../support/certificate-fault.ts';
import { askFromNode, lasting, now } from '../support/fixes.ts';
import { ONLY_SOME_NODES } from '../support/node-spread.ts';
import { failingHost, hostSubject } from '../support/subjects.ts';

/** The certificate is signed by an authority that the node does not trust. */
export const tlsUnknownCa: Cause = {
  id: 'tls-unknown-ca',
  title: 'Registry certificate is signed by an unknown authority',
  family: 'registry-tls',
  details: [ONLY_SOME_NODES],
  specificity: 70,
  supersedes: ['tls-other'],
  healsByWaiting: 'no',
  docs: 'docs/causes/tls-unknown-ca.md',
  subject: hostSubject,

  match(failure) {
    return matchCertificateFault(
      failure,
      'signed by unknown authority',
      'unable to get local issuer',
      'unable to get issuer',
      'self-signed certificate',
      'self signed certificate',
      'certificate is not trusted',
      'no roots provided',
      'certificate verify failed: unable',
    );
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
