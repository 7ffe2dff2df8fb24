import { expect } from '@jest/globals';
import { diagnose } from '../../shared/diagnosis/diagnose.ts';
import type { Finding } from '../../shared/domain/finding.ts';
import { problemsOfFirstLine } from '../support/first-line.ts';
import { pullFailure } from './build.ts';

/** What is known beside the text. */
export type Facts = NonNullable<Parameters<typeof pullFailure>[1]>;

/** All findings, best first; each phrase was held against the rules of a first line. */
export function findings(text: string, facts: Facts = {}): readonly Finding[] {
  const found = diagnose(pullFailure(text, facts));
  expect(found.flatMap(({ phrase }) => problemsOfFirstLine(`🟠 shop/web: ${phrase}`))).toEqual([]);
  return found;
}

export function best(text: string, facts: Facts = {}): Finding {
  const [first] = findings(text, facts);
  if (first === undefined) throw new Error('diagnose gave nothing');
  return first;
}

export function textsOf({ evidence }: Finding): string {
  return evidence.map(({ text }) => text).join('\n');
}
