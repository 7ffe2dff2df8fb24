import type { PullError } from '../../domain/pull-error.ts';
import type { Cause } from '../cause.ts';
import { runtimeSays } from '../support/evidence.ts';
import { askFromNode, lasting, now } from '../support/fixes.ts';
import { failingHost, hostSubject, registryOf } from '../support/subjects.ts';
import { says, wordsOf } from '../support/words.ts';

/** The registry, or a policy in front of it, refuses this address, account or image. */
export const registryQuotaOrBlocked: Cause = {
  id: 'registry-quota-or-blocked',
  title: 'Registry refuses: blocked or over quota',
  family: 'registry-policy',
  details: [],
  specificity: 66,
  supersedes: ['auth-forbidden', 'access-denied-or-not-found'],
  healsByWaiting: 'no',
  docs: 'docs/causes/registry-quota-or-blocked.md',
  subject: hostSubject,

  match(failure) {
    const { error } = failure;
    if (error.peer === 'resolver' || error.peer === 'proxy' || error.peer === 'runtime') return undefined;
    if (error.httpStatus === 429 || error.code === 'TOOMANYREQUESTS') return undefined;
    const isNamed =
      error.httpStatus === 402 ||
      error.httpStatus === 412 ||
      error.httpStatus === 451 ||
      says(
        error,
        'is not allowed access',
        'not in the allow',
        'ip restriction',
        'allow list',
        'allowlist',
        'whitelist',
        'PROJECTPOLICYVIOLATION',
        'has been disabled',
        'account is disabled',
        'subscription',
        'has not been used in project',
        'is deprecated and shutting down',
        'aka.ms/acr/firewall',
        'quota',
        'has been blocked',
        'download blocked',
        'blocked by',
        'is blocked',
        'account is suspended',
        'account has been',
        'billing',
        'payment required',
        'bandwidth limit',
        'vulnerabilit',
        'cannot be pulled due to configured policy',
        'legal reasons',
        'export control',
        'block access from your country',
        'quarantine',
        'download request rejected',
        'blocking policy',
        "prohibited by organization's policy",
        'embargo',
        'not available in your',
        'access restricted',
        'your client does not have permission to get url',
      );
    // 403 with a web page, or from a registry where everything is public: something refuses before any login counts.
    const isWall = error.httpStatus === 403 && (isWebPage(error) || registryOf(failure).isPublicOnly);
    // A cluster may list the registries that it allows.
    const isListed = /registr(?:y|ies)[^:]{0,120}not(?:be)?(?:allowed|permitted)/.test(wordsOf(error));
    if ((!isNamed && !isWall && !isListed) || says(error, 'disk quota')) return undefined;
    return { confidence: 'likely', evidence: [runtimeSays(failure)] };
  },

  phrase: (failure) => {
    const { family, name } = registryOf(failure);
    return `${family === 'other' ? 'the registry' : name} refuses this address, account or image`;
  },

  fixes: (failure) => [
    now(
      'ask-from-node',
      'Ask from the node: an address block answers 403 there and 200 elsewhere',
      askFromNode(failure, failingHost(failure)),
    ),
    lasting('allow', "Add the cluster's outgoing addresses to the registry's allow list, or raise its quota or policy"),
  ],
};

/** A web page instead of the registry's JSON. */
function isWebPage(error: PullError): boolean {
  return says(error, "invalid character '<'", '<html', '<!doctype');
}
