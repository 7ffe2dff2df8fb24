import type { PullFailure } from '../../domain/pull-failure.ts';
import { type AuthAnswer, authAnswer } from './auth-answer.ts';
import { type Missing, missing } from './missing.ts';
import { isRefused, registryFacts } from './registry-facts.ts';
import { sentCredentials } from './sent-credentials.ts';
import { registryOf } from './subjects.ts';

/**
 * No text says why the pull fails: kubelets before 1.32 keep it in events, and those live about an hour. What the
 * registry answers is then all there is, and it makes nothing certain: the node may suffer from something else.
 */
export function isSilent({ error, state, reason }: PullFailure): boolean {
  const isPlain = reason === undefined || reason === 'ErrImagePull' || reason === 'ImagePullBackOff';
  return state === 'failing' && error.text === '' && isPlain;
}

/** What the text says is missing, else what the registry does not have. */
export function missingOf(failure: PullFailure): Missing | undefined {
  if (!isSilent(failure)) return missing(failure);
  const facts = registryFacts(failure);
  if (facts?.repository === 'absent') return 'repository';
  if (facts?.image !== 'absent' || facts.repository !== 'exists') return undefined;
  return failure.image?.digest === undefined ? 'tag' : 'digest';
}

/** What the text says about who asks, else what the registry says to exactly that which the kubelet sends. */
export function answerOf(failure: PullFailure): AuthAnswer | undefined {
  if (!isSilent(failure)) return authAnswer(failure.error);
  const sent = sentCredentials(failure);
  if (sent === undefined || !sent.isAllThatIsSent || sent.facts.image !== 'unknown') return undefined;
  switch (sent.verdict) {
    case 'all-unauthorized':
      return 'bare-401';
    case 'all-refused':
      return registryOf(failure).hidesPrivate ? 'denied-or-absent' : 'forbidden';
    case 'none': {
      const { anonymous } = sent.facts;
      if (anonymous === undefined || !isRefused(anonymous)) return undefined;
      return registryOf(failure).hidesPrivate ? 'denied-or-absent' : 'bare-401';
    }
    case 'accepted':
    case 'unknown':
      return undefined;
  }
}
