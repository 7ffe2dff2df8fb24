import { createHash } from 'node:crypto';
import type { Finding } from '../finding.ts';
import type { Member, RegistryProof } from '../incident.ts';
import type { KubeSecret } from '../kubernetes.ts';
import type { PullFailure } from '../pull-failure.ts';
import type { RegistryAnswer } from '../registry-answer.ts';
import { fingerprintText } from '../text-fingerprint.ts';
import type { DiagnosedFailure } from './build-members.ts';

/** How long an answer speaks for a registry that does not answer any more; times `limits.timeScale`. */
const KEEP_MS = 10 * 60_000;
/** Members are stored: a fact is compared, never shown. */
const MAX_FACTS = 20;
const MAX_FACT_CHARACTERS = 120;

/**
 * What a registry proved of a failure, and on what.
 * @param byText the best finding without any answer
 * @param secrets that were read: another version of one makes an earlier answer worthless
 */
export function proofOf(
  failure: PullFailure,
  byText: Finding | undefined,
  secrets: readonly KubeSecret[],
): RegistryProof {
  const versions = failure.pullSecrets.map(({ namespace, name, state }) => {
    const read = secrets.findLast(
      ({ metadata }) => metadata?.name === name && (metadata.namespace ?? 'default') === namespace,
    );
    return [name, state, read?.metadata?.uid, read?.metadata?.resourceVersion];
  });
  const basis = [
    failure.imageText,
    byText?.causeId,
    byText?.detail,
    fingerprintText(failure.error.text).hash,
    ...versions,
  ];
  return {
    at: failure.registry?.observedAt ?? failure.observedAt,
    basis: hash(JSON.stringify(basis)),
    said: failure.registry === undefined ? [] : factsIn(failure.registry).slice(0, MAX_FACTS).map(shorten),
  };
}

/**
 * A look that learned less from a registry than an earlier one, and nothing else, changes nothing: a message must not
 * flip between `certain` and `likely` because a registry is slow now and then. The earlier findings stay while all of
 * these hold; then the text speaks again:
 * - same image, same cause and words by the runtime's text, same versions of the pod's pull secrets
 * - whatever the registry said now it had said then, and then it said more
 * - it said so less than 10 minutes ago
 * @param known the member as stored by an earlier look
 */
export function keepProven(
  fresh: DiagnosedFailure,
  known: Pick<Member, 'state' | 'findings' | 'gaps' | 'proof'> | undefined,
  timeScale: number,
): DiagnosedFailure {
  const [now, then] = [fresh.proof, known?.proof];
  if (known?.state !== 'failing' || now === undefined || then === undefined) return fresh;
  const isSame = now.basis === then.basis;
  const isLess = now.said.length < then.said.length && now.said.every((fact) => then.said.includes(fact));
  const isYoung = fresh.failure.observedAt - then.at < KEEP_MS * timeScale;
  if (!isSame || !isLess || !isYoung) return fresh;
  return { failure: { ...fresh.failure, gaps: known.gaps }, findings: known.findings, proof: then };
}

/** What an answer proves, in comparable words; counters and times are left out. */
function factsIn({ attempts, digest, platforms, tags, rateLimit, ecr }: RegistryAnswer): readonly string[] {
  return [
    ...attempts.flatMap(({ credential, result }) => {
      if (result === 'unavailable' || result === 'rate-limited') return [];
      const who =
        credential === undefined ? 'nobody' : `${credential.namespace}/${credential.secret} ${credential.key}`;
      return [`${who}: ${result}`];
    }),
    ...(digest === undefined ? [] : [`digest ${digest}`]),
    ...(platforms === undefined ? [] : [`platforms ${JSON.stringify(platforms)}`]),
    ...(tags === undefined ? [] : [`tags ${tags.nearest.map(({ tag }) => tag).join(' ')}`]),
    ...(rateLimit === undefined ? [] : ['rate limit']),
    ...(ecr === undefined ? [] : ecrFacts(ecr)),
  ];
}

function ecrFacts(ecr: NonNullable<RegistryAnswer['ecr']>): readonly string[] {
  const { repository, image, pullPrincipals, hasPolicy, lifecycleRules } = ecr;
  return [
    ...(repository === 'unknown' ? [] : [`ECR repository ${repository}`]),
    ...(image === 'unknown' ? [] : [`ECR image ${image}`]),
    ...(hasPolicy === undefined ? [] : [`ECR policy ${hasPolicy} ${pullPrincipals?.join(' ') ?? ''}`]),
    ...(lifecycleRules === undefined ? [] : [`ECR rules ${lifecycleRules.join('; ')}`]),
  ];
}

function shorten(fact: string): string {
  return fact.length <= MAX_FACT_CHARACTERS ? fact : `${fact.slice(0, MAX_FACT_CHARACTERS)} ${hash(fact)}`;
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 16);
}

/** Whether an answer proves anything at all. */
export function isTelling(answer: RegistryAnswer): boolean {
  return factsIn(answer).length > 0;
}
