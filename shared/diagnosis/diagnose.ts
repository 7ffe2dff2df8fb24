import type { Confidence, Finding } from '../domain/finding.ts';
import { decisivePart, parsePullError } from '../domain/pull-error/parse.ts';
import type { PullError } from '../domain/pull-error.ts';
import type { PullFailure } from '../domain/pull-failure.ts';
import type { Cause, Match } from './cause.ts';
import { CAUSES } from './causes/index.ts';
import { unknown } from './causes/unknown.ts';
import { fact, runtimeSays } from './support/evidence.ts';
import { guessByNouns } from './support/guess.ts';
import { addSharedFacts } from './support/shared-facts.ts';
import { isSilent } from './support/silence.ts';
import { clip, PHRASE_MAX } from './support/text.ts';

const RANK: Readonly<Record<Confidence, number>> = { certain: 2, likely: 1, possible: 0 };

interface Judgement {
  readonly cause: Cause;
  readonly match: Match;
  /** What the cause judged: the failure with one of its errors. */
  readonly failure: PullFailure;
}

/**
 * Why this image cannot be pulled, best first, never empty: `unknown` where no cause matches. All causes run. The order
 * is total: confidence, declared specificity, id. Of several joined errors the one that got furthest is judged first;
 * what only the others show is `possible`.
 */
export function diagnose(failure: PullFailure): readonly Finding[] {
  const [first, ...others] = errorsOf(failure);
  const best = first === undefined ? [] : judge({ ...failure, error: first });
  const rest = others.flatMap((error) => judge({ ...failure, error }).map(asPossible));
  const judgements = dropSuperseded(keepBest([...best, ...rest]));
  if (judgements.length === 0)
    return [...guess(failure), { cause: unknown, match: matchUnknown(failure), failure }].map(toFinding);
  return judgements.sort(compare).map(toFinding);
}

/** The errors to judge, most telling first: one text may join several, and the newest may say nothing at all. */
function errorsOf(failure: PullFailure): readonly PullError[] {
  const main =
    failure.error.text === '' ? (failure.otherErrors.find(({ text }) => text !== '') ?? failure.error) : failure.error;
  if (main.parts.length < 2) return [main];
  const decisive = decisivePart(main.parts);
  const parts = [decisive, ...main.parts.filter((part) => part !== decisive)];
  return parts.map((part) => ({ ...parsePullError(part), raw: main.raw, image: main.image }));
}

function judge(failure: PullFailure): readonly Judgement[] {
  return CAUSES.filter((cause) => cause !== unknown).flatMap((cause) => {
    const match = cause.match(failure);
    return match === undefined
      ? []
      : [{ cause, match: addSharedFacts(cause, withinSilence(match, failure), failure), failure }];
  });
}

/** Where no text says why, a registry's answer proves that the pull would fail, and not that it failed for that. */
function withinSilence(match: Match, failure: PullFailure): Match {
  return match.confidence === 'certain' && isSilent(failure) ? { ...match, confidence: 'likely' } : match;
}

function asPossible(judgement: Judgement): Judgement {
  return { ...judgement, match: { ...judgement.match, confidence: 'possible' } };
}

/** One finding a cause: the one from the most telling error, which comes first. */
function keepBest(judgements: readonly Judgement[]): readonly Judgement[] {
  return judgements.filter(
    ({ cause }, index) => judgements.findIndex((other) => other.cause.id === cause.id) === index,
  );
}

function dropSuperseded(judgements: readonly Judgement[]): Judgement[] {
  return judgements.filter(
    ({ cause, match }) =>
      !judgements.some(
        (other) => other.cause.supersedes.includes(cause.id) && RANK[other.match.confidence] >= RANK[match.confidence],
      ),
  );
}

function compare(a: Judgement, b: Judgement): number {
  return (
    RANK[b.match.confidence] - RANK[a.match.confidence] ||
    b.cause.specificity - a.cause.specificity ||
    (a.cause.id < b.cause.id ? -1 : 1)
  );
}

/** A message that no cause recognises: its nouns may say where to look. It stays `unknown` beside that, and is counted. */
function guess(failure: PullFailure): readonly Judgement[] {
  const causeId = guessByNouns(failure.error);
  const cause = CAUSES.find(({ id }) => id === causeId);
  if (cause === undefined) return [];
  const why = fact('no such message is known; only its words point there', 'the words of the message');
  return [{ cause, match: { confidence: 'possible', evidence: [runtimeSays(failure), why] }, failure }];
}

function matchUnknown(failure: PullFailure): Match {
  const match = unknown.match(failure) ?? { confidence: 'possible', evidence: [] };
  return addSharedFacts(unknown, match, failure);
}

function toFinding({ cause, match, failure }: Judgement): Finding {
  return {
    causeId: cause.id,
    detail: match.detail,
    confidence: match.confidence,
    family: cause.family,
    subject: cause.subject(failure),
    title: cause.title,
    phrase: clip(match.phrase ?? cause.phrase(failure), PHRASE_MAX),
    healsByWaiting: cause.healsByWaiting,
    evidence: match.evidence,
    fixes: cause.fixes(failure, match),
    docs: cause.docs,
  };
}
