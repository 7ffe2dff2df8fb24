import { shellCommand } from '../../domain/shell.ts';
import type { Cause } from '../cause.ts';
import { authAnswer } from '../support/auth-answer.ts';
import { credentialFacts } from '../support/credentials.ts';
import { fact, runtimeSays } from '../support/evidence.ts';
import { fixesOf, lasting, now } from '../support/fixes.ts';
import { lastWriter } from '../support/last-writer.ts';
import { createPullSecret } from '../support/secret-fixes.ts';
import { registryOf, secretSubject } from '../support/subjects.ts';
import { clip } from '../support/text.ts';
import { says, wordsOf } from '../support/words.ts';

/** The pull secret exists, but has the wrong type, key, encoding or JSON: the kubelet skips it without a word. */
export const secretMalformed: Cause = {
  id: 'secret-malformed',
  title: 'Pull secret is malformed',
  family: 'pull-secret',
  details: [],
  specificity: 79,
  supersedes: [
    'auth-missing',
    'access-denied-or-not-found',
    'auth-invalid',
    'kubelet-credential-provider-failed',
    'node-iam-no-ecr-permission',
  ],
  healsByWaiting: 'no',
  docs: 'docs/causes/secret-malformed.md',
  subject: (failure) => secretSubject(failure, credentialFacts(failure).malformed[0]?.name),

  match(failure) {
    const { error, observedAt } = failure;
    const isSaid =
      saysUnreadable(wordsOf(error)) ||
      says(error, '.dockerconfigjson: Invalid', 'invalid pull secret', 'illegal base64 data at input byte');
    if (isSaid) return { confidence: 'likely', evidence: [runtimeSays(failure)] };

    const answer = authAnswer(error);
    const { malformed, matching, isKnown } = credentialFacts(failure);
    if (answer === undefined || answer === 'expired' || answer === 'credentials-refused' || malformed.length === 0)
      return undefined;
    const host = registryOf(failure);
    const isProven =
      answer === 'no-credentials' &&
      isKnown &&
      failure.pullSecrets.length === malformed.length &&
      !host.hasNodeCredentials;
    return {
      confidence: isProven ? 'certain' : matching.length > 0 ? 'possible' : 'likely',
      evidence: [
        runtimeSays(failure),
        ...malformed.map((secret) =>
          fact(
            `the kubelet skips secret ${secret.name}: ${secret.problem ?? 'it cannot be read as a pull secret'}${lastWriter(secret)}`,
            `secret ${secret.namespace}/${secret.name}`,
            observedAt,
          ),
        ),
      ],
    };
  },

  phrase: (failure) => {
    const name = credentialFacts(failure).malformed[0]?.name;
    return name === undefined ? 'the pull secret is malformed' : `pull secret ${clip(name, 40)} is malformed`;
  },

  fixes(failure) {
    const secret = credentialFacts(failure).malformed[0];
    return fixesOf(
      now(
        'look-at-secret',
        'See its type and keys (not its content)',
        secret === undefined ? undefined : shellCommand`kubectl -n ${secret.namespace} describe secret ${secret.name}`,
      ),
      createPullSecret(failure, secret?.name),
      lasting(
        'create-with-kubectl',
        'Create pull secrets with kubectl create secret docker-registry or a tool, not by hand-encoding',
      ),
    );
  },
};

/** A decoder's complaint in a text that names a pull secret's key. */
function saysUnreadable(words: string): boolean {
  return (
    /dockerc(?:fg|onfigjson)|pullsecret/.test(words) &&
    /illegalbase64|unmarshal|invalidcharacter|invalidjson|invalidvalue|parse/.test(words)
  );
}
