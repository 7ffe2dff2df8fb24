import type { PullFailure } from '../../domain/pull-failure.ts';
import { shellCommand } from '../../domain/shell.ts';
import type { Cause, Match } from '../cause.ts';
import { authAnswer } from '../support/auth-answer.ts';
import { credentialFacts } from '../support/credentials.ts';
import { allowInPolicy, crossAccount, namedPrincipal, policyEvidence, readPolicy } from '../support/ecr-policy.ts';
import { fact, runtimeSays } from '../support/evidence.ts';
import { fixesOf, lasting, now } from '../support/fixes.ts';
import { ONLY_SOME_NODES } from '../support/node-spread.ts';
import { accountSubject, registryOf } from '../support/subjects.ts';
import { clip } from '../support/text.ts';
import { says, saysAll } from '../support/words.ts';

/** The node's role has no permission to pull from ECR. */
export const nodeIamNoEcrPermission: Cause = {
  id: 'node-iam-no-ecr-permission',
  title: 'Node role may not pull from ECR',
  family: 'node-credentials',
  details: ['node-role', ONLY_SOME_NODES],
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
      saysAll(error, 'policy allows', 'ecr:') ||
      says(error, 'ecr:GetAuthorizationToken');
    if (isSaid) return judgeNamed(failure);
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

  fixes(failure) {
    const across = crossAccount(failure);
    return fixesOf(
      across === undefined ? undefined : allowInPolicy(failure, across.principal),
      now(
        'attach-policy',
        "Attach AmazonEC2ContainerRegistryPullOnly to the node role, or allow it in the repository's policy",
        attachPolicy(failure),
        readPolicy(failure),
      ),
      lasting('infrastructure', 'Keep the node role in the infrastructure code, with a test pull after each change'),
    );
  },
};

/** The refusal names the action, and mostly the role: of a node's session the instance is the session's name. */
function judgeNamed(failure: PullFailure): Match {
  const principal = namedPrincipal(failure);
  const across = crossAccount(failure);
  const isNode = principal?.roleName !== undefined && NODE_SESSION.test(failure.error.text);
  const role = principal === undefined ? [] : [fact(`the refusal names ${principal.arn}`, 'the refusal')];
  return {
    confidence: 'likely',
    ...(isNode ? { detail: 'node-role' } : {}),
    evidence: [runtimeSays(failure), ...(across?.evidence ?? [...role, ...policyEvidence(failure)])],
    ...(isNode ? { phrase: `node role ${clip(principal.roleName, 40)} may not pull from ECR` } : {}),
  };
}

/** EC2 names the session of an instance's role by its id. */
const NODE_SESSION = /assumed-role\/[\w+=,.@-]{1,64}\/i-[0-9a-f]{8,17}\b/;

/** AWS' own policy for pulls alone. */
function attachPolicy(failure: PullFailure): string | undefined {
  const principal = namedPrincipal(failure);
  if (principal?.roleName === undefined) return undefined;
  const partition = principal.arn.split(':')[1] ?? 'aws';
  return shellCommand`aws iam attach-role-policy --role-name ${principal.roleName} --policy-arn ${`arn:${partition}:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly`}`;
}
