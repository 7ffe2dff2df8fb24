import type { PullFailure } from '../../domain/pull-failure.ts';
import { shellCommand } from '../../domain/shell.ts';
import { ecrLocation } from '../../registries/recognise.ts';
import type { Cause, Match } from '../cause.ts';
import { authAnswer } from '../support/auth-answer.ts';
import { credentialFacts } from '../support/credentials.ts';
import { fact, runtimeSays } from '../support/evidence.ts';
import { lasting, now } from '../support/fixes.ts';
import { registryHost, registryOf, repositorySubject } from '../support/subjects.ts';

/** Whoever asks is known but may not pull: 403, a missing role, a repository policy, a missing entitlement. */
export const authForbidden: Cause = {
  id: 'auth-forbidden',
  title: 'Registry forbids the pull',
  family: 'access',
  details: ['ecr-wrong-region'],
  specificity: 58,
  supersedes: [],
  healsByWaiting: 'no',
  docs: 'docs/causes/auth-forbidden.md',
  subject: repositorySubject,

  match(failure) {
    const { error } = failure;
    const answer = authAnswer(error);
    // A 403 to a token request with credentials: known, and refused. Whether for the password or the permission is not said.
    if (answer !== 'forbidden') return undefined;
    // Where everything is public there is nothing to be permitted.
    if (error.httpStatus === 403 && registryOf(failure).isPublicOnly) return undefined;
    return judge(failure);
  },

  phrase: (failure) => {
    const { family, name } = registryOf(failure);
    return `${family === 'other' ? 'the registry' : name} forbids this pull (403)`;
  },

  fixes: (failure) => [
    now('check-permission', 'Grant the pulling identity read access to the repository', repositoryPolicy(failure)),
    lasting('permissions-in-code', 'Keep repository policies and roles in code; cross-account pulls need both sides'),
  ],
};

function judge(failure: PullFailure): Match {
  const location = ecrLocation(registryHost(failure) ?? '');
  const other = credentialFacts(failure).matching.find(
    ({ entry }) => location !== undefined && entry.ecrRegion !== undefined && entry.ecrRegion !== location.region,
  );
  if (location === undefined || other === undefined) return { confidence: 'likely', evidence: [runtimeSays(failure)] };
  const text = `secret ${other.secret.name} holds a token for ${other.entry.ecrRegion}; tokens are good in their region only`;
  return {
    confidence: 'likely',
    detail: 'ecr-wrong-region',
    evidence: [
      runtimeSays(failure),
      fact(text, `secret ${other.secret.namespace}/${other.secret.name}`, failure.observedAt),
    ],
    phrase: `ECR pull secret is for another region than ${location.region}`,
  };
}

function repositoryPolicy({ image }: PullFailure): string | undefined {
  const location = image === undefined ? undefined : ecrLocation(image.registry);
  if (image === undefined || location === undefined) return undefined;
  return shellCommand`aws ecr get-repository-policy --registry-id ${location.account} --region ${location.region} --repository-name ${image.repository}`;
}
