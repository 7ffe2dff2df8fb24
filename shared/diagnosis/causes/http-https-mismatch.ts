import type { Cause } from '../cause.ts';
import { runtimeSays } from '../support/evidence.ts';
import { askFromNode, lasting, now } from '../support/fixes.ts';
import { failingHost, hostSubject } from '../support/subjects.ts';
import { says } from '../support/words.ts';

/** A plain HTTP registry is asked over HTTPS, or the reverse. */
export const httpHttpsMismatch: Cause = {
  id: 'http-https-mismatch',
  title: 'Registry speaks HTTP where HTTPS is asked, or the reverse',
  family: 'registry-scheme',
  details: [],
  specificity: 78,
  supersedes: [],
  healsByWaiting: 'no',
  docs: 'docs/causes/http-https-mismatch.md',
  subject: hostSubject,

  match(failure) {
    const { error } = failure;
    if (error.peer === 'proxy') return undefined;
    const isMismatch = says(
      error,
      'server gave HTTP response to HTTPS client',
      'first record does not look like a TLS handshake',
      'oversized record received',
      'malformed HTTP response',
      'malformed HTTP version',
      'Client sent an HTTP request to an HTTPS server',
      'HTTP request was sent to HTTPS port',
      'wrong version number',
      'looked like an HTTP/1.1 header',
    );
    if (!isMismatch) return undefined;
    return { confidence: 'likely', evidence: [runtimeSays(failure)] };
  },

  phrase: () => 'the registry speaks plain HTTP where HTTPS is asked, or the reverse',

  fixes: (failure) => [
    now(
      'hosts-toml',
      'Name the scheme for this host on the node: server = "http://…" in certs.d/<host>/hosts.toml',
      askFromNode(failure, failingHost(failure)),
    ),
    lasting('serve-tls', 'Give the registry a certificate; plain HTTP lets anybody on the way replace images'),
  ],
};
