import type { Cause } from '../cause.ts';
import { matchCertificateFault } from '../support/certificate-fault.ts';
import { askFromNode, lasting, now } from '../support/fixes.ts';
import { ONLY_SOME_NODES } from '../support/node-spread.ts';
import { failingHost, hostSubject } from '../support/subjects.ts';

/** The certificate has expired or is not yet valid, by the node's clock. */
export const tlsExpiredOrNotYetValid: Cause = {
  id: 'tls-expired-or-not-yet-valid',
  title: 'Registry certificate is expired or not yet valid',
  family: 'registry-tls',
  details: [ONLY_SOME_NODES],
  specificity: 72,
  supersedes: ['tls-other'],
  healsByWaiting: 'no',
  docs: 'docs/causes/tls-expired-or-not-yet-valid.md',
  subject: hostSubject,

  match(failure) {
    return matchCertificateFault(
      failure,
      'certificate has expired',
      'has expired or is not yet valid',
      'is not yet valid',
      'certificate expired',
      'certificate is expired',
      'expired certificate',
    );
  },

  phrase: () => 'certificate of the registry is expired or not yet valid',

  fixes: (failure) => [
    now(
      'check-clock',
      "Compare the node's clock with the certificate's dates: a wrong clock looks the same",
      askFromNode(failure, failingHost(failure)),
    ),
    now('renew', "Renew the registry's certificate, with its whole chain"),
    lasting('watch-expiry', 'Alert on probe_ssl_earliest_cert_expiry, and on node clocks'),
  ],
};
