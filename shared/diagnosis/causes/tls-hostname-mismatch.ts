import type { Cause } from '../cause.ts';
import { matchCertificateFault } from '../support/certificate-fault.ts';
import { askFromNode, lasting, now } from '../support/fixes.ts';
import { ONLY_SOME_NODES } from '../support/node-spread.ts';
import { failingHost, hostSubject } from '../support/subjects.ts';

/** The certificate is for another name or address. */
export const tlsHostnameMismatch: Cause = {
  id: 'tls-hostname-mismatch',
  title: 'Registry certificate is for another name',
  family: 'registry-tls',
  details: [ONLY_SOME_NODES],
  specificity: 72,
  supersedes: ['tls-other'],
  healsByWaiting: 'no',
  docs: 'docs/causes/tls-hostname-mismatch.md',
  subject: hostSubject,

  match(failure) {
    return matchCertificateFault(
      failure,
      'certificate is valid for',
      'certificate is not valid for',
      'not valid for any names',
      'contain any IP SANs',
      'legacy Common Name',
      'cannot validate certificate for',
      'no alternative certificate subject name',
      'certificate name does not match',
    );
  },

  phrase: () => 'certificate of the registry is for another name',

  fixes: (failure) => [
    now(
      'use-its-name',
      'Use a name that the certificate holds, or reissue it with this one as a SAN',
      askFromNode(failure, failingHost(failure)),
    ),
    lasting('sans', 'Issue certificates with every name and address that nodes use'),
  ],
};
