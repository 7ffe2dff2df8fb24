import type { Finding } from '../../shared/domain/finding.ts';

/** A finding as scripts read it. */
export interface CauseJson {
  readonly id: string;
  readonly detail?: string;
  readonly confidence: Finding['confidence'];
  readonly evidence: readonly string[];
}

/** Of a bare text: no evidence has a time. */
export function toCauseJson({ causeId, detail, confidence, evidence }: Finding): CauseJson {
  return {
    id: causeId,
    ...(detail === undefined ? {} : { detail }),
    confidence,
    evidence: evidence.map(({ text, source }) => `${text} (${source})`),
  };
}
