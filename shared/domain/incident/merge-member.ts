import type { Member } from '../incident.ts';
import { latest, soonest } from '../instant.ts';
import { isUnknown } from './slot.ts';

/** Kubelets before 1.32 say only this in ImagePullBackOff; the cause stood in an event, and events last an hour. */
const SAYS_NOTHING =
  /^\s*(?:error:\s*)?(?:back-?off pulling image(?:\s+"?[^"\s]*"?)?|errimagepull|imagepullbackoff)?\s*$/i;

/**
 * The newer word on a failing member. What was known of the same failure is kept where the newer look could only see
 * that it still fails.
 */
export function mergeFailing(known: Member | undefined, fresh: Member): Member {
  if (known === undefined) return fresh;
  if (known.observedAt > fresh.observedAt) return known;
  if (known.state !== 'failing') return { ...fresh, drift: undefined };
  const isSameImage = known.image === fresh.image;
  const isSilent = isSameImage && isUnknown(fresh.findings[0]) && SAYS_NOTHING.test(fresh.errorText);
  return {
    ...fresh,
    ...(isSilent && !isUnknown(known.findings[0])
      ? { findings: known.findings, errorText: known.errorText, gaps: known.gaps, proof: known.proof }
      : {}),
    ...(fresh.events.length === 0 && isSameImage ? { events: known.events } : {}),
    firstFailedAt: soonest([known.firstFailedAt, fresh.firstFailedAt]),
    lastFailedAt: latest([known.lastFailedAt, fresh.lastFailedAt]),
    tries: isSameImage ? Math.max(known.tries, fresh.tries) : fresh.tries,
    repair: known.repair,
    drift: known.drift,
  };
}
