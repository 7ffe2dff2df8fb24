import type { Publication } from '../../domain/incident.ts';
import type { MessageTag } from '../../ports/chat.ts';

const KIND = 'pullmedic_incident';

/** The tag of an incident's message. A repost is another message: its tag must not find the one that is past editing. */
export function messageTag({ incidentId, reposts = 0 }: Publication): MessageTag {
  return { kind: KIND, id: reposts === 0 ? incidentId : `${incidentId}#again${reposts}` };
}

/** The tag of a reply in an incident's thread. */
export function replyTag(incidentId: string, key: string): MessageTag {
  return { kind: KIND, id: `${incidentId}#${key}` };
}
