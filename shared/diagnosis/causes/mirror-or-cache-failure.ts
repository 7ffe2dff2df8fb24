import type { PullFailure } from '../../domain/pull-failure.ts';
import type { Cause } from '../cause.ts';
import { fact, runtimeSays } from '../support/evidence.ts';
import { askFromNode, lasting, now } from '../support/fixes.ts';
import { networkFault } from '../support/network-fault.ts';
import { ONLY_SOME_NODES } from '../support/node-spread.ts';
import { failingHost, hostSubject } from '../support/subjects.ts';
import { says } from '../support/words.ts';

/** A mirror or pull-through cache in front of the registry is the broken part. */
export const mirrorOrCacheFailure: Cause = {
  id: 'mirror-or-cache-failure',
  title: 'Registry mirror or cache fails',
  family: 'mirror',
  details: [ONLY_SOME_NODES],
  specificity: 65,
  supersedes: [],
  healsByWaiting: 'yes',
  docs: 'docs/causes/mirror-or-cache-failure.md',
  subject: hostSubject,

  match(failure) {
    const { error } = failure;
    const isMirror = error.peer === 'mirror' || isNodeLocalMirror(failure);
    if (isMirror) {
      const isBroken = networkFault(error) !== undefined || isServerFault(error.httpStatus);
      if (!isBroken && error.httpStatus === undefined) return undefined;
      if (error.httpStatus === 404 || error.httpStatus === 429) return undefined;
      return {
        confidence: isBroken ? 'likely' : 'possible',
        evidence: [runtimeSays(failure), fact(`${failingHost(failure)} stands in for the registry`, 'the request')],
      };
    }
    // The mirror's own name does not resolve: DNS says so first, the mirror is why it matters.
    if (error.peer === 'resolver' && error.url !== undefined && /[?&]ns=/.test(error.url)) {
      return { confidence: 'possible', evidence: [runtimeSays(failure)] };
    }
    const isNamed = says(
      error,
      'dragonfly',
      'dfdaemon',
      'spegel',
      'mirror with image component',
      'mirror to respond',
      'mirror resolve',
      'registry mirror',
      'pull through cache',
      'pull-through cache',
      'proxy cache',
      'proxycache',
      'upstream registry',
      'UnableToGetUpstream',
      'UnableToAccessSecret',
      'UnableToDecryptSecret',
    );
    return isNamed ? { confidence: 'likely', evidence: [runtimeSays(failure)] } : undefined;
  },

  phrase: () => 'the registry mirror or cache in front of the registry fails',

  fixes: (failure) => [
    now(
      'bypass',
      'Take the mirror out of certs.d/<registry>/hosts.toml on one node: if it pulls then, the mirror is it',
      askFromNode(failure, failingHost(failure)),
    ),
    lasting('fallback', 'Let hosts.toml fall back to the registry itself (server = …), and watch the mirror'),
  ],
};

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/;

/** The request went to the node itself although the image does not come from there: Dragonfly, Spegel and their like. */
function isNodeLocalMirror({ error, image }: PullFailure): boolean {
  if (error.peer !== 'registry' || error.host === undefined || image === undefined) return false;
  return LOOPBACK.test(error.host) && !LOOPBACK.test(image.registry);
}

function isServerFault(status: number | undefined): boolean {
  return status !== undefined && (status >= 500 || status === 400);
}
