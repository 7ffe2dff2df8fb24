import type { Evidence } from '../../domain/finding.ts';
import type { PullFailure } from '../../domain/pull-failure.ts';
import type { Cause, Match } from '../cause.ts';
import { authAnswer } from '../support/auth-answer.ts';
import { runtimeSays } from '../support/evidence.ts';
import { fixesOf, lasting, listTags, now } from '../support/fixes.ts';
import { imageFoundNow, restartOnePod } from '../support/found-now.ts';
import { attemptSays, registryFacts, registrySays } from '../support/registry-facts.ts';
import { missingOf } from '../support/silence.ts';
import { repositorySubject } from '../support/subjects.ts';
import { shortRepository } from '../support/text.ts';
import { says } from '../support/words.ts';

/** The registry answers, the repository (project, name) is not there. */
export const repositoryNotFound: Cause = {
  id: 'repository-not-found',
  title: 'Repository does not exist',
  family: 'image-reference',
  details: [],
  specificity: 50,
  supersedes: ['access-denied-or-not-found'],
  healsByWaiting: 'perhaps',
  docs: 'docs/causes/repository-not-found.md',
  subject: repositorySubject,

  match(failure) {
    const said = missingOf(failure);
    const facts = registryFacts(failure);
    const isSaid = said === 'repository';
    // Texts that leave it open: `not found` for a tag, a digest or a repository, one wording for denied and absent.
    const isOpen = said === 'tag' || said === 'digest' || authAnswer(failure.error) === 'denied-or-absent';
    if (facts?.repository === 'absent' && (isSaid || isOpen)) {
      return { confidence: 'certain', evidence: [runtimeSays(failure), ...absent(failure)] };
    }
    if (isSaid) return { confidence: 'likely', evidence: [runtimeSays(failure), ...existsNow(failure)] };
    if (facts?.repository === 'exists') return undefined;
    // containerd prints the same `not found` for a missing tag and a missing repository.
    const isBare = said === 'tag' && failure.error.code === undefined && says(failure.error, 'not found');
    return isBare ? { confidence: 'possible', evidence: [runtimeSays(failure)] } : undefined;
  },

  phrase: ({ image }) =>
    image === undefined ? 'the repository does not exist' : `repository ${shortRepository(image, 40)} does not exist`,

  fixes: (failure) =>
    fixesOf(
      restartOnePod(failure),
      now(
        'check-name',
        'Compare the repository name with the registry; a typo or a missing project is usual',
        listTags(failure),
      ),
      lasting('create-repository', 'Create repositories before their first deployment (ECR and Harbor do not on push)'),
    ),
};

function absent(failure: PullFailure): readonly Evidence[] {
  const facts = registryFacts(failure);
  if (facts === undefined) return [];
  const { answer } = facts;
  const said = answer.attempts.filter(({ result }) => result === 'repository-unknown');
  const byApi = answer.ecr?.repository === 'missing' ? [registrySays(answer, 'ECR lists no such repository')] : [];
  return [...byApi, ...said.slice(0, 1).map((attempt) => attemptSays(answer, attempt))];
}

/** The text says that it is missing, the registry shows it. */
function existsNow(failure: PullFailure): Match['evidence'] {
  const facts = registryFacts(failure);
  if (facts?.repository !== 'exists') return [];
  const image = imageFoundNow(failure);
  if (image !== undefined) return [image];
  return [registrySays(facts.answer, 'the registry has the repository now, but not what is asked of it')];
}
