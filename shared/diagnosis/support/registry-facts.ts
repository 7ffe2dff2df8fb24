import type { Evidence } from '../../domain/finding.ts';
import type { PullFailure } from '../../domain/pull-failure.ts';
import type { RegistryAnswer, RegistryAttempt } from '../../domain/registry-answer.ts';
import { fact, named } from './evidence.ts';
import { oncePer } from './once-per.ts';
import { registryOf } from './subjects.ts';

/** What a registry's answer proves of the image, whoever asked. */
export interface RegistryFacts {
  readonly answer: RegistryAnswer;
  readonly image: 'exists' | 'absent' | 'unknown';
  readonly repository: 'exists' | 'absent' | 'unknown';
  /** The question without credentials. */
  readonly anonymous: RegistryAttempt | undefined;
  /** With credentials of the pod's own secrets. */
  readonly own: readonly RegistryAttempt[];
  /** With credentials of secrets that the pod does not use. */
  readonly others: readonly RegistryAttempt[];
}

/** @returns `undefined` where the registry was not asked or said nothing */
export const registryFacts = oncePer((failure: PullFailure): RegistryFacts | undefined => {
  const { registry: answer, pullSecrets } = failure;
  if (answer === undefined) return undefined;
  const withCredential = answer.attempts.filter(({ credential }) => credential !== undefined);
  const isOwn = ({ credential }: RegistryAttempt) =>
    pullSecrets.some(({ namespace, name }) => namespace === credential?.namespace && name === credential.secret);
  const image = judgeImage(answer);
  return {
    answer,
    image,
    repository: judgeRepository(failure, answer, image),
    anonymous: answer.attempts.find(({ credential }) => credential === undefined),
    own: withCredential.filter(isOwn),
    others: withCredential.filter((attempt) => !isOwn(attempt)),
  };
});

function judgeImage({ attempts, ecr }: RegistryAnswer): RegistryFacts['image'] {
  if (attempts.some(({ result }) => result === 'found') || ecr?.image === 'exists') return 'exists';
  return attempts.some(({ result }) => result === 'manifest-unknown') || ecr?.image === 'missing'
    ? 'absent'
    : 'unknown';
}

/**
 * `manifest unknown` alone does not tell: distribution's registry answers so for a repository that it never had. Where
 * private repositories are hidden, and on ECR, whoever gets that far has seen the repository.
 */
function judgeRepository(
  failure: PullFailure,
  { attempts, tags, ecr }: RegistryAnswer,
  image: RegistryFacts['image'],
): RegistryFacts['repository'] {
  const { hidesPrivate, family } = registryOf(failure);
  const isManifestUnknown = attempts.some(({ result }) => result === 'manifest-unknown');
  if (image === 'exists' || tags !== undefined || ecr?.repository === 'exists') return 'exists';
  if (isManifestUnknown && (hidesPrivate || family === 'ecr')) return 'exists';
  if (ecr?.repository === 'missing') return 'absent';
  const unknown = attempts.filter(({ result }) => result === 'repository-unknown');
  if (hidesPrivate || isManifestUnknown || unknown.length === 0) return 'unknown';
  // Some registries show a private repository to nobody but those who may see it: without a credential it proves
  // nothing as long as there is one that was not sent.
  const isSeen = unknown.some(({ credential }) => credential !== undefined) || !hasUntriedCredential(failure);
  return isSeen ? 'absent' : 'unknown';
}

function hasUntriedCredential({ pod, pullSecrets, otherSecrets }: PullFailure): boolean {
  const isUnread = pullSecrets.some(({ state }) => state === 'unreadable');
  const isNamed = (pod?.pullSecretNames.length ?? 0) > pullSecrets.length;
  return isUnread || isNamed || [...pullSecrets, ...otherSecrets].some(({ matching }) => matching.length > 0);
}

/** Whether the registry took the credential (or none): it answered about the image, not about who asks. */
export function isAccepted({ result }: RegistryAttempt): boolean {
  return result === 'found' || result === 'manifest-unknown';
}

/** Whether the registry or its token service sent away who asked. */
export function isRefused({ result }: RegistryAttempt): boolean {
  return result === 'unauthorized' || result === 'forbidden';
}

/** A fact that the registry told, from where and when it was asked. */
export function registrySays({ host, vantage, observedAt }: RegistryAnswer, text: string): Evidence {
  return fact(text, `${host}, ${vantage}`, observedAt);
}

/** One attempt in words: who asked, and what came. */
export function attemptSays(answer: RegistryAnswer, attempt: RegistryAttempt): Evidence {
  const { credential, result, httpStatus, answeredBy, isLoginGood } = attempt;
  const who = credential === undefined ? 'without credentials' : `with secret ${named(credential.secret)}`;
  const by = answeredBy === 'token-service' ? 'its token service' : 'the registry';
  const status = httpStatus === undefined ? '' : ` (${httpStatus})`;
  const what = isLoginGood === true && isRefused(attempt) ? 'takes the login and refuses the pull' : RESULTS[result];
  return registrySays(answer, `${who}, ${by} ${what}${status}`);
}

const RESULTS: Readonly<Record<RegistryAttempt['result'], string>> = {
  found: 'has the image',
  'manifest-unknown': 'has no such manifest',
  'repository-unknown': 'knows no such repository',
  unauthorized: 'refuses the login',
  forbidden: 'forbids the pull',
  'rate-limited': 'limits requests',
  unavailable: 'does not answer properly',
};
