import type { PullError } from '../../domain/pull-error.ts';
import { oncePer } from './once-per.ts';
import { says, wordsOf } from './words.ts';

/** How a request failed before any answer came. */
export type NetworkFault = 'refused' | 'timeout' | 'reset' | 'unreachable';

/** Reads Go's, Windows' and the resolvers' words for it. What a lookup or a proxy failed with counts too: see `peer`. */
export const networkFault = oncePer((error: PullError): NetworkFault | undefined => {
  if (says(error, 'connection refused', 'actively refused')) return 'refused';
  if (isUnreachable(error)) return 'unreachable';
  if (isTimeout(error)) return 'timeout';
  if (isReset(error)) return 'reset';
  return undefined;
});

function isUnreachable(error: PullError): boolean {
  return says(
    error,
    'no route to host',
    'network is unreachable',
    'network unreachable',
    'host is unreachable',
    'unreachable host',
    'unreachable network',
    'cannot assign requested address',
    'no suitable address',
    'host is down',
    'no source address',
    'network is down',
    'connect: invalid argument',
    'network location cannot be reached',
    'address family not supported',
  );
}

function isTimeout(error: PullError): boolean {
  if (
    says(
      error,
      'i/o timeout',
      'TLS handshake timeout',
      'awaiting headers',
      'awaiting response headers',
      'connection timed out',
      'operation timed out',
      'Client.Timeout',
      'did not properly respond',
      'request canceled while waiting for connection',
      'timeout was reached',
      'network timeout',
      'connection timeout',
      'connect timeout',
      'timed out connecting',
      'semaphore timeout',
    )
  ) {
    return true;
  }
  // A deadline that ended one request; without a request it is the pull's own.
  if (error.url === undefined || error.httpStatus !== undefined) return false;
  return says(error, 'context deadline exceeded') || error.rpcCode === 'DeadlineExceeded';
}

function isReset(error: PullError): boolean {
  return (
    /(?:^|[:,])(?:unexpected)?eof(?:[.,;:)}\]]|$)/.test(wordsOf(error)) ||
    says(
      error,
      'reset by peer',
      'forcibly closed',
      'unexpected EOF',
      'broken pipe',
      'short read',
      'failed to read expected number of bytes',
      'server closed idle connection',
      'client connection lost',
      'use of closed network connection',
      'stream error: stream ID',
      'GOAWAY',
      'connection force closed',
      'transport closed before response',
      'SSL_ERROR_SYSCALL',
      'connection was aborted',
      'connection aborted',
    )
  );
}

/** Whether the request went to the registry itself, as far as the text tells. */
export function isToRegistry(error: PullError): boolean {
  return error.peer === 'registry' || error.peer === undefined;
}
