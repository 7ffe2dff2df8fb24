import type { Cause } from '../cause.ts';
import { credentialFacts } from '../support/credentials.ts';
import { fact, runtimeSays } from '../support/evidence.ts';
import { fixesOf, lasting, listTags, now } from '../support/fixes.ts';
import { credentialAcceptedNow, restartOnePod } from '../support/found-now.ts';
import { attemptSays, registryFacts } from '../support/registry-facts.ts';
import { createPullSecret } from '../support/secret-fixes.ts';
import { answerOf } from '../support/silence.ts';
import { registryOf, repositorySubject } from '../support/subjects.ts';
import { PHRASE_MAX, shortImage } from '../support/text.ts';

/** The registry answers alike for "no such repository" and "no access", and nothing else settles it. */
export const accessDeniedOrNotFound: Cause = {
  id: 'access-denied-or-not-found',
  title: 'Repository is missing, or private and not accessible',
  family: 'access',
  details: [],
  specificity: 60,
  supersedes: [],
  healsByWaiting: 'no',
  docs: 'docs/causes/access-denied-or-not-found.md',
  subject: repositorySubject,

  match(failure) {
    if (answerOf(failure) !== 'denied-or-absent') return undefined;
    const { isKnown, matching } = credentialFacts(failure);
    const host = registryOf(failure);
    const evidence = [runtimeSays(failure), fact(`${host.name} answers alike for both`, 'what is known of registries')];
    if (isKnown && matching.length === 0) {
      evidence.push(
        fact('no pull secret of the pod has an entry for this registry', 'pull secrets of the pod', failure.observedAt),
      );
    }
    const facts = registryFacts(failure);
    const accepted = credentialAcceptedNow(failure);
    if (accepted !== undefined) evidence.push(accepted);
    else if (facts !== undefined) {
      evidence.push(...facts.answer.attempts.slice(0, 4).map((attempt) => attemptSays(facts.answer, attempt)));
    }
    return { confidence: 'likely', evidence };
  },

  phrase: (failure) => {
    const host = registryOf(failure);
    const where = host.family === 'other' ? '' : ` on ${host.name}`;
    const { isKnown, matching } = credentialFacts(failure);
    const why = isKnown && matching.length === 0 ? 'private and no credentials set' : 'private and not accessible';
    const image = shortImage(failure);
    const tails = [` is missing${where}, or ${why}`, ` is missing, or ${why}`, ` is missing${where}, or private`];
    // The longest wording that leaves the image's name whole.
    const tail = tails.find((each) => image.length + each.length <= PHRASE_MAX) ?? ' is missing, or private';
    return `${shortImage(failure, PHRASE_MAX - tail.length)}${tail}`;
  },

  fixes: (failure) =>
    fixesOf(
      restartOnePod(failure),
      now('check-name', 'Check the name: does the repository exist under exactly this spelling?', listTags(failure)),
      createPullSecret(failure),
      lasting('own-registry', 'Name images with their registry in full, and deploy only what CI has pushed'),
    ),
};
