import type { PullFailure } from '../../domain/pull-failure.ts';
import type { Cause } from '../cause.ts';
import { authAnswer } from '../support/auth-answer.ts';
import { credentialFacts } from '../support/credentials.ts';
import { fact, runtimeSays } from '../support/evidence.ts';
import { describeNode, lasting, now } from '../support/fixes.ts';
import { ONLY_SOME_NODES } from '../support/node-spread.ts';
import { nodeSubject, registryOf } from '../support/subjects.ts';
import { checkEndpoint } from '../support/vpc-endpoints.ts';
import { says } from '../support/words.ts';

/** The kubelet's credential provider plugin failed or was not used. */
export const kubeletCredentialProviderFailed: Cause = {
  id: 'kubelet-credential-provider-failed',
  title: 'Credential provider of the kubelet failed',
  family: 'node-credentials',
  details: [ONLY_SOME_NODES],
  specificity: 77,
  supersedes: [],
  healsByWaiting: 'no',
  docs: 'docs/causes/kubelet-credential-provider-failed.md',
  subject: nodeSubject,

  match(failure) {
    const { error } = failure;
    const isSaid = says(
      error,
      'credential provider',
      'credentialprovider',
      'ecr-credential-provider',
      'acr-credential-provider',
      'gcp-credential-provider',
      'google-dockercfg',
    );
    if (isSaid) return { confidence: 'likely', evidence: [runtimeSays(failure)] };
    const answer = authAnswer(error);
    const isAsking =
      answer === 'no-credentials' ||
      answer === 'bare-401' ||
      answer === 'unauthorized' ||
      answer === 'anonymous-refused';
    if (!isAsking || !registryOf(failure).hasNodeCredentials || credentialFacts(failure).matching.length > 0)
      return undefined;
    return {
      confidence: 'possible',
      evidence: [
        runtimeSays(failure),
        fact('nodes usually bring their own credentials for this registry', 'what is known of registries'),
        ...(mayLackEndpoint(failure) ? [fact(NO_TOKEN_HINT, 'what is known of registries')] : []),
      ],
    };
  },

  phrase: () => 'the kubelet got no registry credentials from its provider',

  fixes: (failure) => [
    now(
      'check-plugin',
      "On the node: the kubelet's --image-credential-provider-config and -bin-dir, and its log",
      'journalctl -u kubelet | grep -i credential',
      describeNode(failure),
    ),
    ...(mayLackEndpoint(failure) ? [checkEndpoint(failure, 'ecr-api-endpoint')] : []),
    lasting('node-image', 'Use a node image that ships the plugin, and test one private pull on each new one'),
  ],
};

const NO_TOKEN_HINT =
  'in a private subnet without the VPC endpoint ecr.api the provider gets no token, and only the kubelet log says so';

/** The runtime had no credentials for ECR: the provider's own failure shows nowhere else. */
function mayLackEndpoint(failure: PullFailure): boolean {
  return registryOf(failure).family === 'ecr' && authAnswer(failure.error) === 'no-credentials';
}
