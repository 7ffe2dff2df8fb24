import { diagnose } from '../../shared/diagnosis/diagnose.ts';
import { failureFromText } from '../../shared/diagnosis/explain-text.ts';
import type { Confidence } from '../../shared/domain/finding.ts';

/** One labelled message, as `corpus.jsonl` holds it. */
export interface LabelledMessage {
  readonly id: string;
  readonly message: string;
  readonly reason: string | null;
  readonly image: string | null;
  readonly cause: string;
  readonly alternatives: readonly string[];
}

export interface Verdict {
  readonly id: string;
  readonly expected: string;
  readonly got: string;
  readonly confidence: Confidence;
  readonly isAccepted: boolean;
  readonly isStrict: boolean;
  readonly hasAlternatives: boolean;
}

/** The label rules of the corpus: accepted = best cause in {cause} ∪ alternatives; strict = it is the cause. */
export function judgeMessage(labelled: LabelledMessage): Verdict {
  const failure = failureFromText(
    { text: labelled.message, reason: labelled.reason ?? undefined, image: labelled.image ?? undefined },
    0,
  );
  const best = diagnose(failure)[0];
  const got = best?.causeId ?? 'nothing';
  return {
    id: labelled.id,
    expected: labelled.cause,
    got,
    confidence: best?.confidence ?? 'possible',
    isAccepted: got === labelled.cause || labelled.alternatives.includes(got),
    isStrict: got === labelled.cause,
    hasAlternatives: labelled.alternatives.length > 0,
  };
}

export interface Share {
  readonly right: number;
  readonly of: number;
}

export interface Score {
  readonly messages: number;
  readonly accepted: Share;
  readonly strict: Share;
  /** Strict, among the messages that leave no alternative. */
  readonly strictUnambiguous: Share;
  readonly wrongAndCertain: readonly Verdict[];
  readonly missed: readonly Verdict[];
  readonly perCause: readonly { readonly cause: string; readonly accepted: Share; readonly strict: Share }[];
  readonly reliability: readonly { readonly confidence: Confidence; readonly accepted: Share }[];
}

export function score(verdicts: readonly Verdict[]): Score {
  const unambiguous = verdicts.filter(({ hasAlternatives }) => !hasAlternatives);
  const causes = [...new Set(verdicts.map(({ expected }) => expected))].sort();
  return {
    messages: verdicts.length,
    accepted: share(verdicts, ({ isAccepted }) => isAccepted),
    strict: share(verdicts, ({ isStrict }) => isStrict),
    strictUnambiguous: share(unambiguous, ({ isStrict }) => isStrict),
    wrongAndCertain: verdicts.filter(({ isAccepted, confidence }) => !isAccepted && confidence === 'certain'),
    missed: verdicts.filter(({ isAccepted }) => !isAccepted),
    perCause: causes.map((cause) => {
      const own = verdicts.filter(({ expected }) => expected === cause);
      return {
        cause,
        accepted: share(own, ({ isAccepted }) => isAccepted),
        strict: share(own, ({ isStrict }) => isStrict),
      };
    }),
    reliability: (['certain', 'likely', 'possible'] as const).map((confidence) => ({
      confidence,
      accepted: share(
        verdicts.filter((verdict) => verdict.confidence === confidence),
        ({ isAccepted }) => isAccepted,
      ),
    })),
  };
}

function share(verdicts: readonly Verdict[], isRight: (verdict: Verdict) => boolean): Share {
  return { right: verdicts.filter(isRight).length, of: verdicts.length };
}
