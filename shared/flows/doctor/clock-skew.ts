import type { Check } from '../../domain/doctor/check.ts';
import type { Instant } from '../../domain/instant.ts';

/** Below this nothing is harmed: a `Date` header has whole seconds, and an answer takes its time. */
const HARMLESS_MS = 60_000;
/** AWS refuses signatures that are further off (SigV4), as Slack refuses requests. */
const REFUSED_MS = 5 * 60_000;

/** What a server's clock says of ours. `undefined` = nothing: they agree, or it did not tell. */
export function judgeSkew(
  serverTime: Instant | undefined,
  now: Instant,
): Pick<Check, 'outcome' | 'seen' | 'advice'> | undefined {
  if (serverTime === undefined || Math.abs(now - serverTime) <= HARMLESS_MS) return undefined;
  const offMs = now - serverTime;
  const minutes = Math.round(Math.abs(offMs) / 6_000) / 10;
  return {
    outcome: Math.abs(offMs) > REFUSED_MS ? 'fail' : 'warn',
    seen: `the clock of this machine is ${minutes} min ${offMs > 0 ? 'ahead of' : 'behind'} the server's`,
    advice: 'set it by NTP: expiries are judged by it, and AWS and Slack refuse what is 5 minutes off',
  };
}
