import type { PullFailure } from '../../domain/pull-failure.ts';
import { shellCommand } from '../../domain/shell.ts';
import { ecrLocation } from '../../registries/recognise.ts';
import type { Cause } from '../cause.ts';
import { authAnswer } from '../support/auth-answer.ts';
import { credentialFacts } from '../support/credentials.ts';
import { fact, runtimeSays } from '../support/evidence.ts';
import { lasting, now } from '../support/fixes.ts';
import { accountSubject, registryOf } from '../support/subjects.ts';
import { says, saysAll } from '../support/words.ts';

/** The node's role has no permission to pull from ECR. */
export const nodeIamNoEcrPermission: Cause = {
  id: 'node-iam-no-ecr-permission',
  title: 'Node role may not pull from ECR',
  family: 'node-credentials',
  details: [],
  specificity: 79,
  supersedes: ['auth-forbidden'],
  healsByWaiting: 'no',
  docs: 'docs/causes/node-iam-no-ecr-permission.md',
  subject: accountSubject,

  match(failure) {
    const { error } = failure;
    const isSaid =
      saysAll(error, 'not authorized to perform', 'ecr:') ||
      saysAll(error, 'AccessDenied', 'ecr:') ||
      says(error, 'ecr:GetAuthorizationToken');
    if (isSaid) return { confidence: 'likely', evidence: [runtimeSays(failure)] };
    const answer = authAnswer(error);
    const isAsking =
      answer === 'no-credentials' || answer === 'bare-401' || answer === 'unauthorized' || answer === 'forbidden';
    if (!isAsking || registryOf(failure).family !== 'ecr' || credentialFacts(failure).matching.length > 0)
      return undefined;
    return {
      confidence: 'possible',
      evidence: [
        runtimeSays(failure),
        fact("without a pull secret, ECR sees the node's own role", 'what is known of registries'),
      ],
    };
  },

  phrase: () => 'the node role may not pull from ECR',

  fixes: (failure) => [
    now(
      'attach-policy',
      "Attach AmazonEC2ContainerRegistryPullOnly to the node role, or allow it in the repository's policy",
      repositoryPolicy(failure),
    ),
    lasting('infrastructure', 'Keep the node role in the infrastructure code, with a test pull after each change'),
  ],
};

function repositoryPolicy({ image }: PullFailure): string | undefined {
  const location = image === undefined ? undefined : ecrLocation(image.registry);
  if (image === undefined || location === undefined) return undefined;
  return shellCommand`aws ecr get-repository-policy --registry-id ${location.account} --region ${location.region} --repository-name ${image.repository}`;
}
