import type { Incident } from '../incident.ts';
import type { Instant } from '../instant.ts';

/** Who muted it until when; `undefined` = nobody did, or it is over. */
export function muteInForce({ muted }: Pick<Incident, 'muted'>, now: Instant): Incident['muted'] {
  return muted !== undefined && muted.until > now ? muted : undefined;
}
