import type { Cause } from '../cause.ts';
import { runtimeSays } from '../support/evidence.ts';
import { lasting, listTags, now } from '../support/fixes.ts';
import { missing } from '../support/missing.ts';
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
  supersedes: [],
  healsByWaiting: 'perhaps',
  docs: 'docs/causes/repository-not-found.md',
  subject: repositorySubject,

  match(failure) {
    if (missing(failure) === 'repository') return { confidence: 'likely', evidence: [runtimeSays(failure)] };
    // containerd prints the same `not found` for a missing tag and a missing repository.
    const isBare = missing(failure) === 'tag' && failure.error.code === undefined && says(failure.error, 'not found');
    return isBare ? { confidence: 'possible', evidence: [runtimeSays(failure)] } : undefined;
  },

  phrase: ({ image }) =>
    image === undefined ? 'the repository does not exist' : `repository ${shortRepository(image, 40)} does not exist`,

  fixes: (failure) => [
    now(
      'check-name',
      'Compare the repository name with the registry; a typo or a missing project is usual',
      listTags(failure),
    ),
    lasting('create-repository', 'Create repositories before their first deployment (ECR and Harbor do not on push)'),
  ],
};
