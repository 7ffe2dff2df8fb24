import { expect } from '@jest/globals';
import { type FirstLineFacts, problemsOfFirstLine } from './first-line-rules.ts';

export { type FirstLineFacts, problemsOfFirstLine, problemsOfMessage } from './first-line-rules.ts';

/** The rules for every first line of every message (messages.md): call it wherever a test looks at a message. */
export function assertFirstLine(text: string, facts: FirstLineFacts = {}): void {
  expect(problemsOfFirstLine(text, facts)).toEqual([]);
}
