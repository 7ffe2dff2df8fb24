import type { PullFailure } from '../../domain/pull-failure.ts';
import { shellCommand } from '../../domain/shell.ts';
import type { Cause } from '../cause.ts';
import { runtimeSays } from '../support/evidence.ts';
import { describeNode, lasting, now } from '../support/fixes.ts';
import { workloadSubject } from '../support/subjects.ts';
import { plainWords } from '../support/text.ts';

/** No cause recognises it. The engine adds it when nothing else matched, and counts it. */
export const unknown: Cause = {
  id: 'unknown',
  title: 'Not understood',
  family: 'unknown',
  details: [],
  specificity: 0,
  supersedes: [],
  healsByWaiting: 'perhaps',
  docs: 'docs/causes/unknown.md',
  subject: workloadSubject,

  match(failure) {
    return { confidence: 'possible', evidence: [runtimeSays(failure)] };
  },

  phrase: ({ error }) => {
    const words = plainWords(error.text, 48);
    return words === '' || words === '…' ? 'the pull fails, and no message says why' : `unknown pull error: ${words}`;
  },

  fixes: (failure) => [
    now(
      'look-at-events',
      'Read the events and the kubelet log on the node',
      describePod(failure),
      describeNode(failure),
    ),
    lasting('report', 'Report the message (redacted), so that pullmedic learns it'),
  ],
};

function describePod({ namespace, pod }: PullFailure): string | undefined {
  if (namespace === undefined || pod === undefined) return undefined;
  return shellCommand`kubectl -n ${namespace} describe pod ${pod.name}`;
}
