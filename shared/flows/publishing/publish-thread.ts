import type { IncidentView } from '../../chat/incident-view.ts';
import { renderDetails } from '../../chat/slack/render-details.ts';
import { renderNote } from '../../chat/slack/render-reply.ts';
import { ChatError } from '../../domain/errors.ts';
import type { Instant } from '../../domain/instant.ts';
import { editInOrder, type Ledger, sendOnce, settled } from './ledger.ts';
import type { PublishPorts } from './ports.ts';
import { replyTag } from './tags.ts';

/** Key of an attempt to edit the details. */
const EDIT_DETAILS = 'edit-details';

/** A thread of which more is new is not read: the rest follows with the next look. */
const NOTES_AT_ONCE = 5;

/**
 * Brings the thread up to date: the details in their one reply, each note in a reply of its own.
 * @param isMessageTouched the message was posted or edited just now; else the details keep to the rhythm of edits
 * @returns when the details may be edited again, where they are to be
 */
export async function publishThread(
  ledger: Ledger,
  view: IncidentView,
  isMessageTouched: boolean,
  ports: PublishPorts,
): Promise<Instant | undefined> {
  if (view.incident.revision < ledger.publication().publishedRevision) return undefined;
  try {
    const waitUntil = await publishDetails(ledger, view, isMessageTouched, ports);
    await publishNotes(ledger, view, ports);
    return waitUntil;
  } catch (error) {
    // Without its parent there is no thread; the next edit finds the parent gone and posts it anew.
    if (!isWithoutParent(error)) throw error;
    ports.log.warn('the thread has lost its parent', { incidentId: view.incident.id });
    return undefined;
  }
}

function isWithoutParent(error: unknown): boolean {
  return (
    error instanceof ChatError &&
    ['thread_not_found', 'cannot_reply_to_message', 'message_not_found'].includes(error.reason)
  );
}

async function publishDetails(
  ledger: Ledger,
  view: IncidentView,
  isMessageTouched: boolean,
  { chat, clock, config }: PublishPorts,
): Promise<Instant | undefined> {
  const { posted, details, detailsHash, editedAt, thread, reposts = 0 } = ledger.publication();
  if (posted === undefined) return undefined;
  const now = clock.now();
  const { message, contentHash } = renderDetails(view, now);
  const isKnown = ledger.publication().attempts?.[EDIT_DETAILS] === undefined;
  if (details !== undefined && isKnown && detailsHash === contentHash) return undefined;

  if (details !== undefined) {
    const nextEdit = editedAt + config.limits.countEditSeconds * 1_000 * config.limits.timeScale;
    if (!isMessageTouched && nextEdit > now) return nextEdit;
    // `gone`: somebody deleted the reply, they do not want it back.
    await editInOrder(ledger, EDIT_DETAILS, clock, () => chat.update(details, message));
    await ledger.save({ detailsHash: contentHash, editedAt: now, attempts: settled(ledger, EDIT_DETAILS) });
    return undefined;
  }

  const parent = thread ?? posted;
  const key = reposts === 0 ? 'details' : `details${reposts}`;
  const tag = replyTag(view.incident.id, key);
  const reply = await sendOnce(ledger, key, clock, {
    find: () => chat.findByTag(view.audience.channel, tag, parent),
    send: () => chat.reply(parent, message, tag),
  });
  await ledger.save({ details: reply, detailsHash: contentHash, attempts: settled(ledger, key) });
  return undefined;
}

async function publishNotes(ledger: Ledger, view: IncidentView, { chat, clock }: PublishPorts): Promise<void> {
  const told = new Set(ledger.publication().replies);
  const fresh = view.notes.filter(({ key }) => !told.has(`note/${key}`)).slice(0, NOTES_AT_ONCE);
  for (const note of fresh) {
    const { posted, thread, replies } = ledger.publication();
    if (posted === undefined) return;
    const parent = thread ?? posted;
    const key = `note/${note.key}`;
    const tag = replyTag(view.incident.id, note.key);
    await sendOnce(ledger, key, clock, {
      find: () => chat.findByTag(view.audience.channel, tag, parent),
      send: () => chat.reply(parent, renderNote(view, note, clock.now()), tag),
    });
    await ledger.save({ replies: [...replies, key], attempts: settled(ledger, key) });
  }
}
