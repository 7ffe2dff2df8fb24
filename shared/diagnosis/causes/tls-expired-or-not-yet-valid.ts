import type { Cause } from '../cause.ts';
import { runtimeSays } from '../support/evidence.ts';
import { askFromNode, lasting, now } from '../support/fixes.ts';
import { failingHost, hostSubject } from '../support/subjects.ts';
import { says } from '../support/words.ts';

/** The certificate has expired or is not yet valid, by the node's clock. */
export const tlsExpiredOrNotYetValid: Cause = {
  id: 'tls-expired-or-not-yet-valid',
  title: 'Registry certificate is expired or not yet valid',
  family: 'registry-tls',
  details: [],
  specificity: 72,
  supersedes: ['tls-other'],
  healsByWaiting: 'no',
  docs: 'docs/causes/tls-expired-or-not-yet-valid.md',
  subject: hostSubject,

  match(failure) {
    const { error } = failure;
    if (error.peer === 'proxy' || error.peer === 'runtime') return undefined;
    if (
      !says(
        error,
        'certificate has expired',
        'has expired or is not yet valid',
        'is not yet valid',
        'certificate expired',
        'expired certificate',
      )
    )
      return undefined;
    return { confidence: 'likely', evidence: [runtimeSays(failure)] };
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
