import { setTimeout as pause } from 'node:timers/promises';
import pLimit from 'p-limit';
import { diagnose } from '../../diagnosis/diagnose.ts';
import type { Finding } from '../../domain/finding.ts';
import { formatImageReference } from '../../domain/image-reference.ts';
import { isTelling } from '../../domain/incident/registry-proof.ts';
import type { KubeSecret } from '../../domain/kubernetes.ts';
import type { PullFailure } from '../../domain/pull-failure.ts';
import { kubeletCredentials } from '../../domain/pull-secret/kubelet-credentials.ts';
import type { RegistryAnswer } from '../../domain/registry-answer.ts';
import type { Log, Metrics } from '../../ports/log.ts';
import type { Registry, RegistryQuestion, RegistryReply } from '../../ports/registry.ts';
import { isWorthAsking, wantsPlatforms } from './worth-asking.ts';

/** How long a look waits for registries, in real milliseconds from the first question. */
export interface RegistryPatience {
  /** While a first message waits for the look. */
  readonly firstMs: number;
  /** In all. */
  readonly totalMs: number;
}

export const REGISTRY_PATIENCE: RegistryPatience = { firstMs: 700, totalMs: 5_000 };

/** Distinct questions of one look; beyond them a storm would be told late. */
const MAX_QUESTIONS = 20;
const CONCURRENCY = 4;
/** A registry port that was told to end and does not is left alone after this. */
const LATE_MS = 250;

/** A failure and what its text says by itself, best first. */
export interface ReadFailure {
  readonly failure: PullFailure;
  readonly byText: readonly Finding[];
}

/** Failures with what their text says. */
export function readFailures(failures: readonly PullFailure[]): readonly ReadFailure[] {
  return failures.map((failure) => ({ failure, byText: diagnose(failure) }));
}

/** What is found of a failure with all that is known: without an answer that is what its text says. */
export function findingsOf({ failure, byText }: ReadFailure): readonly Finding[] {
  return failure.registry === undefined ? byText : diagnose(failure);
}

/** Questions under way. */
export interface Asking {
  /** The failures with what is known `ms` after the start, sooner where all questions have ended. */
  within(ms: number): Promise<{ readonly read: readonly ReadFailure[]; readonly isOver: boolean }>;
  /** The failures with all that is known at the end, a moment after the patience has ended at the latest. */
  all(): Promise<readonly ReadFailure[]>;
  /** Ends what is still under way. */
  stop(): void;
}

export interface AskDeps {
  readonly registry?: Registry | undefined;
  readonly registryPatience?: RegistryPatience | undefined;
  readonly metrics: Metrics;
  readonly log: Log;
}

interface Question extends RegistryQuestion {
  reply: RegistryReply | undefined;
}

/**
 * Asks the registries about all failures that an answer can add something to: once for each image with the credentials
 * that the kubelet would send. A registry that hangs, throws or answers nonsense is a gap, never a failure of the look.
 * @param secrets that were read
 */
export function askRegistries(all: readonly ReadFailure[], secrets: readonly KubeSecret[], deps: AskDeps): Asking {
  const { registry, registryPatience: patience = REGISTRY_PATIENCE } = deps;
  const questions = new Map<string, Question>();
  const keys = new Map<PullFailure, string>();
  if (registry !== undefined) collect(all, secrets, questions, keys);

  // In the order of their keys, so that every look asks the same ones.
  const asked = [...questions].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, question]) => question);
  for (const question of asked.splice(MAX_QUESTIONS)) question.reply = leftOut(question);

  const startedAt = performance.now();
  const ending = new AbortController();
  const end = setTimeout(() => ending.abort(), patience.totalMs);
  const limit = pLimit(CONCURRENCY);
  let isOver = asked.length === 0;
  const done =
    registry === undefined
      ? Promise.resolve()
      : Promise.all(asked.map((question) => limit(() => askOne(question, registry, ending.signal, deps)))).then(() => {
          isOver = true;
          clearTimeout(end);
        });
  if (isOver) clearTimeout(end);

  const known = () => all.map((one) => withReply(one, questions.get(keys.get(one.failure) ?? '')?.reply));
  return {
    async within(ms) {
      if (!isOver) await atMost(done, startedAt + ms - performance.now());
      return { read: known(), isOver };
    },
    async all() {
      await done;
      return known();
    },
    stop() {
      clearTimeout(end);
      ending.abort();
    },
  };
}

function collect(
  all: readonly ReadFailure[],
  secrets: readonly KubeSecret[],
  questions: Map<string, Question>,
  keys: Map<PullFailure, string>,
): void {
  for (const { failure, byText } of all) {
    const { image, namespace, pod } = failure;
    if (image === undefined || !isWorthAsking(failure, byText)) continue;
    const credentials = kubeletCredentials(secrets, namespace ?? 'default', pod?.pullSecretNames ?? [], image);
    const question = { image, credentials, wantsPlatforms: wantsPlatforms(failure, byText) };
    const key = questionKey(question);
    keys.set(failure, key);
    const same = questions.get(key);
    questions.set(key, {
      ...question,
      wantsPlatforms: question.wantsPlatforms || same?.wantsPlatforms === true,
      reply: undefined,
    });
  }
}

/** The same for the same image and entries of pull secrets: within one look an entry holds one credential. */
export function questionKey({ image, credentials }: Pick<RegistryQuestion, 'image' | 'credentials'>): string {
  const names = credentials.map(({ name: { namespace, secret, key } }) => [namespace, secret, key]);
  return JSON.stringify([formatImageReference(image), ...names]);
}

async function askOne(question: Question, registry: Registry, signal: AbortSignal, deps: AskDeps): Promise<void> {
  const { metrics, log } = deps;
  const { image, credentials, wantsPlatforms } = question;
  const host = image.registry;
  try {
    const asked = signal.aborted ? undefined : registry.ask({ image, credentials, wantsPlatforms }, signal);
    question.reply = (await beforeLate(asked, signal)) ?? noAnswer(host, 'no answer in time');
    const { answer } = question.reply;
    if (answer === undefined) metrics.count('RegistryUnanswered', 1, { result: signal.aborted ? 'late' : 'gap' });
    else metrics.count('RegistryAsked', 1, { result: summary(answer) });
  } catch (error) {
    // The port promises not to throw: this is a bug, and none that the look should die of.
    question.reply = noAnswer(host, 'the question failed');
    metrics.count('RegistryUnanswered', 1, { result: 'failed' });
    log.error('a registry could not be asked', { host, error });
  }
}

/** @returns `undefined` where it ignores that it should end */
async function beforeLate(
  asked: Promise<RegistryReply> | undefined,
  signal: AbortSignal,
): Promise<RegistryReply | undefined> {
  if (asked === undefined) return undefined;
  const isAnswered = new AbortController();
  const late = new Promise<undefined>((resolve) => {
    const leave = () =>
      void pause(LATE_MS, undefined, { signal: isAnswered.signal }).then(
        () => resolve(undefined),
        () => {},
      );
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true, signal: isAnswered.signal });
  });
  try {
    return await Promise.race([asked, late]);
  } finally {
    isAnswered.abort();
  }
}

/** The answer that counts for a pull: the first credential that is let in, else what the first one heard. */
function summary(answer: RegistryAnswer): string {
  if (!isTelling(answer)) return answer.attempts[0]?.result ?? 'nothing';
  const { attempts } = answer;
  return (attempts.find(({ result }) => result === 'found') ?? attempts[0])?.result ?? 'ecr';
}

function withReply(one: ReadFailure, reply: RegistryReply | undefined): ReadFailure {
  if (reply === undefined) return one;
  const { failure, byText } = one;
  return { byText, failure: { ...failure, registry: reply.answer, gaps: [...failure.gaps, ...reply.gaps] } };
}

/** A registry that lets a look wait. */
export function noAnswer(host: string, why: string): RegistryReply {
  return { answer: undefined, gaps: [{ what: `registry ${host} was asked and did not answer`, why }] };
}

function leftOut({ image }: Question): RegistryReply {
  const why = `a look asks ${MAX_QUESTIONS} questions at most`;
  return { answer: undefined, gaps: [{ what: `registry ${image.registry} was not asked about this image`, why }] };
}

async function atMost(work: Promise<unknown>, ms: number): Promise<void> {
  if (ms <= 0) return;
  const isDone = new AbortController();
  try {
    await Promise.race([work, pause(ms, undefined, { signal: isDone.signal }).catch(() => {})]);
  } finally {
    isDone.abort();
  }
}
