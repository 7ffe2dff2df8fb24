import type { Evidence } from '../../domain/finding.ts';
import type { PullFailure } from '../../domain/pull-failure.ts';
import type { Cause } from '../cause.ts';
import { runtimeSays } from '../support/evidence.ts';
import { inspectImage, lasting, now } from '../support/fixes.ts';
import { missing } from '../support/missing.ts';
import { attemptSays, registryFacts, registrySays } from '../support/registry-facts.ts';
import { imageSubject } from '../support/subjects.ts';
import { shortImage } from '../support/text.ts';

/** Tag or index exist, but a manifest that it points to was deleted. */
export const manifestMissingInIndex: Cause = {
  id: 'manifest-missing-in-index',
  title: 'Image index points to a deleted manifest',
  family: 'image-reference',
  details: [],
  specificity: 58,
  supersedes: [],
  healsByWaiting: 'no',
  docs: 'docs/causes/manifest-missing-in-index.md',
  subject: imageSubject,

  match(failure) {
    if (missing(failure) !== 'manifest-in-index') return undefined;
    return { confidence: 'likely', evidence: [runtimeSays(failure), ...ofIndex(failure)] };
  },

  phrase: (failure) => `${shortImage(failure, 30)} is incomplete: a manifest was deleted`,

  fixes: (failure) => [
    now(
      'push-again',
      'Build and push the tag again: the index is there, a manifest of it is not',
      inspectImage(failure),
    ),
    lasting(
      'retention',
      'Let cleanup skip untagged manifests that a tagged index refers to (ghcr, Harbor, ECR lifecycle)',
    ),
  ],
};

/** The registry was asked for the index; what it points to was not asked for, so that nothing here is proof. */
function ofIndex(failure: PullFailure): readonly Evidence[] {
  const facts = registryFacts(failure);
  if (facts === undefined) return [];
  if (facts.image === 'exists') return [registrySays(facts.answer, 'the registry has the tag or index itself')];
  const gone = facts.answer.attempts.find(({ result }) => result === 'manifest-unknown');
  return gone === undefined ? [] : [attemptSays(facts.answer, gone)];
}
