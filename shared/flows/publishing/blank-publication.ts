import type { Publication } from '../../domain/incident.ts';
import type { Instant } from '../../domain/instant.ts';

/** What is known of a message before it is posted: nothing stands there. */
export function blankPublication(incidentId: string, channel: string, now: Instant): Publication {
  return {
    incidentId,
    channel,
    phase: 'posting',
    posted: undefined,
    details: undefined,
    publishedRevision: 0,
    dot: 'yellow',
    contentHash: '',
    detailsHash: '',
    postedAt: now,
    editedAt: now,
    lastBroadcastAt: undefined,
    replies: [],
  };
}
