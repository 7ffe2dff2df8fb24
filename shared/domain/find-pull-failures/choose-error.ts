import { type PullError, parsePullError } from '../pull-error.ts';
import { isPullReason } from '../pull-reasons.ts';
import type { JudgedContainer } from './judge-container.ts';
import type { ParsedPullEvent } from './pull-event.ts';

/** The longest back-off of the kubelet: an event older than that by comparison is of another episode. */
const LONGEST_BACK_OFF_MS = 300_000;

const MOST_OTHER_ERRORS = 5;

export interface ChosenErrors {
  readonly error: PullError;
  readonly otherErrors: readonly PullError[];
}

/**
 * The error that best says why, and the other ones. The waiting message comes first: it belongs to the state that was
 * seen. Kubelets before 1.32 say only `Back-off pulling image "x"` there; then the Failed event of that state does.
 */
export function chooseErrors(judged: JudgedContainer): ChosenErrors {
  const { message, reason } = judged;
  const failed = judged.events.filter(({ hasCause }) => hasCause);
  const fromStatus = isPullReason(reason) && hasCause(message) ? message : undefined;
  const best = fromStatus ?? eventOfState(judged, failed)?.message ?? fallbackText(judged);
  const error = parsePullError(best);

  const seen = new Set([error.text]);
  const otherErrors: PullError[] = [];
  for (const event of failed.toReversed()) {
    const other = parsePullError(event.message);
    if (seen.has(other.text) || otherErrors.length === MOST_OTHER_ERRORS) continue;
    seen.add(other.text);
    otherErrors.push(other);
  }
  return { error, otherErrors };
}

/** A bare `Back-off pulling image "x"` says that a pull failed, not why. */
function hasCause(message: string | undefined): message is string {
  return (
    message !== undefined && message.trim() !== '' && !/^back-off pulling image "?[^"\s]*"?\.?$/i.test(message.trim())
  );
}

/**
 * A container seen in ImagePullBackOff failed before its last BackOff event. A Failed event after that is of the next
 * try, whose outcome the pod did not show yet: events are often newer than the pod.
 */
function eventOfState(judged: JudgedContainer, failed: readonly ParsedPullEvent[]): ParsedPullEvent | undefined {
  const newest = failed.at(-1);
  if (judged.reason !== 'ImagePullBackOff') return newest;
  const backOff = judged.events.findLast(({ kind }) => kind === 'back-off');
  const before = failed.findLast(({ lastAt }) => (lastAt ?? 0) <= (backOff?.lastAt ?? -1));
  const isNear = (newest?.lastAt ?? 0) - (backOff?.lastAt ?? 0) < LONGEST_BACK_OFF_MS;
  return before !== undefined && isNear ? before : newest;
}

function fallbackText({ state, message, events }: JudgedContainer): string {
  // A stall has no error: nothing failed yet.
  if (state === 'stalled') return '';
  const newest = events.findLast(({ kind }) => kind === 'failed' || kind === 'back-off');
  return message ?? newest?.message ?? '';
}
