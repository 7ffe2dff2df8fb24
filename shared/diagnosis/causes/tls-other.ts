import type { Cause } from '../cause.ts';
import { runtimeSays } from '../support/evidence.ts';
import { askFromNode, lasting, now } from '../support/fixes.ts';
import { networkFault } from '../support/network-fault.ts';
import { ONLY_SOME_NODES } from '../support/node-spread.ts';
import { failingHost, hostSubject } from '../support/subjects.ts';
import { says, wordsOf } from '../support/words.ts';

/** TLS fails for another reason: an alert of the handshake, a protocol version, a client certificate. */
export const tlsOther: Cause = {
  id: 'tls-other',
  title: 'TLS handshake with the registry fails',
  family: 'registry-tls',
  details: [ONLY_SOME_NODES],
  specificity: 52,
  supersedes: [],
  healsByWaiting: 'no',
  docs: 'docs/causes/tls-other.md',
  subject: hostSubject,

  match(failure) {
    const { error } = failure;
    if (error.peer === 'proxy' || error.peer === 'runtime' || networkFault(error) !== undefined) return undefined;
    // crypto/tls begins all its errors with `tls: `, its own and the peer's alerts.
    const isAlert = /(?:^|[:,(])(?:(?:remote|local)error:)?tls:/.test(wordsOf(error));
    const isTls = says(
      error,
      'remote error: tls',
      'tls: handshake failure',
      'handshake failure',
      'tls: protocol version',
      'tls: internal error',
      'x509:',
      'tls: failed to verify',
      'bad certificate',
      'tls: server selected',
      'tls: unrecognized name',
      'ssl routines',
      'SSL/TLS connection failed',
      'failed to receive handshake',
    );
    if (!isTls && !isAlert) return undefined;
    return { confidence: 'likely', evidence: [runtimeSays(failure)] };
  },

  phrase: () => 'TLS handshake with the registry fails',

  fixes: (failure) => [
    now(
      'ask-from-node',
      'See what the handshake offers and demands, from the node',
      askFromNode(failure, failingHost(failure)),
    ),
    lasting(
      'tls-version',
      'Serve TLS 1.2 and 1.3; where the registry wants a client certificate, configure it in hosts.toml',
    ),
  ],
};
