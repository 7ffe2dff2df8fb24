import { renderBundle } from '../../chat/slack/render-bundle.ts';
import type { Dot, Publication } from '../../domain/incident.ts';
import type { Instant } from '../../domain/instant.ts';
import type { PostedMessage } from '../../ports/chat.ts';
import { createLedger, sendOnce, settled } from './ledger.ts';
import type { PublishPorts } from './ports.ts';

/**
 * Puts an incident on the list of the channel's roll-up of this hour, or digest of this day, and posts or edits that
 * message.
 * @returns the message in whose thread the incident is to be posted
 */
export async function joinBundle(
  kind: 'roll-up' | 'digest',
  channel: string,
  subject: string,
  dot: Dot,
  ports: PublishPorts,
): Promise<PostedMessage> {
  const { store, chat, clock } = ports;
  const now = clock.now();
  const id = `bundle/${kind}/${period(kind, now)}`;
  const stored = (await store.publications(id)).find((publication) => publication.channel === channel);
  const ledger = createLedger(store, stored ?? emptyBundle(id, channel, now), stored?.version ?? 0);
  const tag = { kind: 'pullmedic_bundle', id };

  const listed = ledger.publication().replies;
  const subjects = listed.includes(subject) ? listed : [...listed, subject];
  // The worst that it ever held, but never red (see renderBundle).
  const shown: Dot = dot === 'red' || dot === 'orange' || ledger.publication().dot === 'orange' ? 'orange' : 'yellow';
  const message = renderBundle(kind, subjects, shown);

  const posted = ledger.publication().posted;
  if (posted === undefined) {
    const first = await sendOnce(ledger, 'post', clock, {
      find: () => chat.findByTag(channel, tag),
      send: () => chat.post(channel, message, tag),
    });
    await ledger.save({
      phase: 'posted',
      posted: first,
      replies: subjects,
      dot: shown,
      attempts: settled(ledger, 'post'),
    });
    return first;
  }
  if (subjects.length > listed.length) {
    await chat.update(posted, message);
    await ledger.save({ replies: subjects, dot: shown, editedAt: now });
  }
  return posted;
}

function emptyBundle(id: string, channel: string, now: Instant): Publication {
  return {
    incidentId: id,
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

/** `2026-11-22T13` for an hour, `2026-11-22` for a day, in UTC. */
function period(kind: 'roll-up' | 'digest', now: Instant): string {
  return new Date(now).toISOString().slice(0, kind === 'roll-up' ? 13 : 10);
}
