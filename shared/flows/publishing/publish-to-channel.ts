import { decideNotification, type NotificationDecision, withinBudget } from '../../chat/decide-notification.ts';
import { subjectOf } from '../../chat/first-line.ts';
import { type IncidentView, viewIncident } from '../../chat/incident-view.ts';
import { decideOffers, NO_OFFERS } from '../../chat/offers.ts';
import type { Audience } from '../../chat/route.ts';
import { type RenderedIncident, renderIncident } from '../../chat/slack/render-incident.ts';
import { renderBuzz } from '../../chat/slack/render-reply.ts';
import { ChatError } from '../../domain/errors.ts';
import { muteInForce } from '../../domain/incident/mute-in-force.ts';
import type { BundleLine, LoadedIncident, Publication } from '../../domain/incident.ts';
import { type Instant, soonest } from '../../domain/instant.ts';
import type { ChatMessage, PostedMessage } from '../../ports/chat.ts';
import { blankPublication } from './blank-publication.ts';
import { createLedger, editInOrder, type Ledger, refuseWhileItMayArrive, sendOnce, settled } from './ledger.ts';
import type { PublishPorts } from './ports.ts';
import { joinBundle, updateBundle } from './publish-bundle.ts';
import { publishThread } from './publish-thread.ts';
import { messageTag, replyTag } from './tags.ts';

/** A message that its readers deleted twice is not wanted. */
const MAX_REPOSTS = 1;

/** Key of an attempt to edit the message. */
const EDIT = 'edit';

type Stored = Publication & { readonly version: number };
type Post = Extract<NotificationDecision, { kind: 'post' }>;

/** What was done in one channel. */
export interface ChannelOutcome {
  readonly decision: NotificationDecision;
  /** When there is more to do without a new revision. */
  readonly nextAt: Instant | undefined;
  readonly firstLine: string;
}

/** Brings one channel's message and thread to what the incident says now. Level-triggered: safe to run at any time. */
export async function publishToChannel(
  loaded: LoadedIncident,
  audience: Audience,
  stored: Stored | undefined,
  ports: PublishPorts,
): Promise<ChannelOutcome> {
  const { store, config, clock } = ports;
  const now = clock.now();
  const view = viewIncident(loaded, audience, config, now);
  const { offers, buttons, renewAt } = ports.remedies === undefined ? NO_OFFERS : decideOffers(view, config, now);
  const rendered = renderIncident(view, now, buttons);
  const adopted = await adopt(stored, ports);
  const standing = adopted?.publication();
  const decision = decideNotification({
    view,
    publication: standing?.posted === undefined ? undefined : asKnown(standing),
    contentHash: rendered.contentHash,
    limits: config.limits,
    now,
  });
  const ledger = adopted ?? createLedger(store, blank(loaded, audience.channel, rendered, view, now), 0);
  // A button that stands in the channel means something from its first moment on.
  if (isTouching(decision) && offers.length > 0) await ports.remedies?.ensureOffers(offers);
  const done = await perform(decision, ledger, view, rendered, ports);
  const threadAt =
    ledger.publication().posted === undefined ? undefined : await publishThread(ledger, view, done, ports);
  const { thread } = ledger.publication();
  const bundleAt = await updateBundle(thread, audience.channel, bundleLineOf(view), ports);
  return {
    decision,
    nextAt: soonest([
      waitOf(decision),
      threadAt,
      bundleAt,
      view.maybeYetUntil,
      view.undoneUntil,
      renewAt,
      // The message says until when it is muted.
      muteInForce(view.incident, now)?.until,
    ]),
    firstLine: rendered.message.text,
  };
}

/** After an edit whose answer was lost nobody knows what stands there: whatever is to stand there is a change. */
function asKnown(publication: Publication): Publication {
  return publication.attempts?.[EDIT] === undefined ? publication : { ...publication, contentHash: '' };
}

/** A publication that stands at `posting` may be in the channel already: its answer was lost. */
async function adopt(stored: Stored | undefined, { store, chat, clock }: PublishPorts): Promise<Ledger | undefined> {
  if (stored === undefined) return undefined;
  const ledger = createLedger(store, stored, stored.version);
  const begun = stored.attempts?.['post'];
  if (stored.posted !== undefined || begun === undefined) return ledger;
  const found = await chat.findByTag(stored.channel, messageTag(stored), stored.thread);
  if (found === undefined) refuseWhileItMayArrive(begun, clock);
  // Not there, and it will not come any more: decided anew, since things may have healed.
  await ledger.save(
    found === undefined
      ? { attempts: settled(ledger, 'post') }
      : { phase: 'posted', posted: found, attempts: settled(ledger, 'post') },
  );
  return ledger;
}

/** @returns whether the message itself was touched */
async function perform(
  decision: NotificationDecision,
  ledger: Ledger,
  view: IncidentView,
  rendered: RenderedIncident,
  ports: PublishPorts,
): Promise<boolean> {
  switch (decision.kind) {
    case 'post':
      await post(decision, ledger, view, rendered, ports);
      return true;
    case 'edit':
      await edit(ledger, view, rendered, decision.owes, ports);
      return true;
    case 'broadcast':
      // The debt is written down with the edit, so that a crash between edit and reply does not swallow the reply.
      await edit(ledger, view, rendered, decision.why, ports);
      await buzz(ledger, view, decision.why, ports);
      return true;
    default:
      return false;
  }
}

async function post(
  decision: Post,
  ledger: Ledger,
  view: IncidentView,
  rendered: RenderedIncident,
  ports: PublishPorts,
): Promise<void> {
  const { store, config, clock } = ports;
  const now = clock.now();
  const { channel } = view.audience;
  const { count } = decision.into === 'channel' ? await store.countBuzz(channel, now) : { count: 0 };
  const { into } = withinBudget(decision, count, config.limits);
  const thread = into === 'channel' ? undefined : await joinBundle(into, channel, bundleLineOf(view), ports);
  await send(
    ledger,
    view,
    rendered,
    { ...statusOf(view, rendered, now), thread, postedAt: now, replies: notesOf(view) },
    ports,
  );
}

/** Posts and stores where it stands; `change` is saved before the post, so that an adopted message is known fully. */
async function send(
  ledger: Ledger,
  view: IncidentView,
  rendered: RenderedIncident,
  change: Partial<Publication>,
  { chat, clock, metrics }: PublishPorts,
): Promise<void> {
  const { channel } = view.audience;
  const { thread } = change;
  await ledger.save({ ...change, phase: 'posting', posted: undefined, attempts: { post: clock.now() } });
  const tag = messageTag(ledger.publication());
  const put = (message: ChatMessage) =>
    thread === undefined ? chat.post(channel, message, tag) : chat.reply(thread, message, tag);
  const posted = await refusedSafely(ledger, () => plainlyIfRefused(rendered.message, put));
  await ledger.save({ phase: 'posted', posted, attempts: settled(ledger, 'post') });
  metrics.count('IncidentsPosted', 1);
}

async function edit(
  ledger: Ledger,
  view: IncidentView,
  rendered: RenderedIncident,
  owes: Publication['owes'],
  ports: PublishPorts,
): Promise<void> {
  const { posted, reposts = 0, dot, lastBroadcastAt } = ledger.publication();
  if (posted === undefined) return;
  const now = ports.clock.now();
  const status = {
    ...statusOf(view, rendered, now),
    owes,
    attempts: settled(ledger, EDIT),
    ...(owes === undefined ? withoutOldBuzz(ledger) : {}),
  };
  const answer = await editInOrder(ledger, EDIT, ports.clock, () =>
    plainlyIfRefused(rendered.message, (message) => ports.chat.update(posted, message)),
  );
  if (answer === 'done' || (reposts >= MAX_REPOSTS && owes === undefined)) {
    await ledger.save(status);
    return;
  }
  ports.log.warn('message can no longer be edited, posting it anew', { incidentId: view.incident.id, dot });
  // What was told in the old thread is not told again; the details move with the message.
  await send(
    ledger,
    view,
    rendered,
    {
      ...status,
      postedAt: now,
      details: undefined,
      detailsHash: '',
      reposts: reposts + 1,
      lastBroadcastAt,
      thread: undefined,
    },
    ports,
  );
}

async function buzz(ledger: Ledger, view: IncidentView, why: 'worse' | 'reopened', ports: PublishPorts): Promise<void> {
  const { chat, clock, store } = ports;
  const { posted, thread, replies } = ledger.publication();
  if (posted === undefined) return;
  const now = clock.now();
  // One key for one debt: a rerun after a lost answer finds its own reply, a later turn for the worse is another one.
  const key = `buzz/${replies.filter((reply) => reply.startsWith('buzz/')).length + 1}`;
  const parent = thread ?? posted;
  const tag = replyTag(view.incident.id, key);
  await sendOnce(ledger, key, clock, {
    find: () => chat.findByTag(view.audience.channel, tag, parent),
    send: () => chat.reply(parent, renderBuzz(view, why, now), tag, { broadcast: true }),
  });
  await ledger.save({
    owes: undefined,
    lastBroadcastAt: now,
    // The buzz has said what these notes would say.
    replies: [...replies, key, ...reopenedNotes(view)],
    attempts: settled(ledger, key),
  });
  await store.countBuzz(view.audience.channel, now);
}

/**
 * A reply whose answer was lost and that nobody owes any more: its key is used up, else the next turn for the worse
 * would find that old reply and take it for its own.
 */
function withoutOldBuzz(ledger: Ledger): Partial<Publication> {
  const { replies } = ledger.publication();
  const attempts = settled(ledger, EDIT);
  const lost = Object.keys(attempts).filter((key) => key.startsWith('buzz/'));
  if (lost.length === 0) return {};
  const rest = Object.fromEntries(Object.entries(attempts).filter(([key]) => !lost.includes(key)));
  return { attempts: rest, replies: [...replies, ...lost] };
}

/** Slack refused the blocks: the sentence alone is better than silence. */
async function plainlyIfRefused<Answer>(
  message: ChatMessage,
  put: (message: ChatMessage) => Promise<Answer>,
): Promise<Answer> {
  try {
    return await put(message);
  } catch (error) {
    const isAboutBlocks = error instanceof ChatError && /blocks|msg_too_long/.test(error.reason);
    if (!isAboutBlocks) throw error;
    return put({ text: message.text, blocks: [] });
  }
}

async function refusedSafely(ledger: Ledger, put: () => Promise<PostedMessage>): Promise<PostedMessage> {
  try {
    return await put();
  } catch (error) {
    const isRefused =
      error instanceof ChatError && (error.retry === 'give-up' || error.retryAfterSeconds !== undefined);
    if (isRefused) await ledger.save({ attempts: settled(ledger, 'post') });
    throw error;
  }
}

function bundleLineOf(view: IncidentView): BundleLine {
  const { incident, dot } = view;
  const subject = `${incident.cluster} ${subjectOf(view)}`;
  return { incidentId: incident.id, subject, dot, isOver: dot === 'green' };
}

function statusOf(view: IncidentView, rendered: RenderedIncident, now: Instant): Partial<Publication> {
  return {
    publishedRevision: view.incident.revision,
    dot: view.dot,
    contentHash: rendered.contentHash,
    editedAt: now,
  };
}

function blank(
  { incident }: LoadedIncident,
  channel: string,
  rendered: RenderedIncident,
  view: IncidentView,
  now: Instant,
): Publication {
  const { contentHash } = rendered;
  return { ...blankPublication(incident.id, channel, now), dot: view.dot, contentHash };
}

/** What happened before the first post is in the post: it is not told again in the thread. */
function notesOf(view: IncidentView): readonly string[] {
  return view.notes.map(({ key }) => `note/${key}`);
}

function reopenedNotes(view: IncidentView): readonly string[] {
  return view.notes.filter(({ kind }) => kind === 'reopened').map(({ key }) => `note/${key}`);
}

function isTouching({ kind }: NotificationDecision): boolean {
  return kind === 'post' || kind === 'edit' || kind === 'broadcast';
}

function waitOf(decision: NotificationDecision): Instant | undefined {
  return decision.kind === 'wait' || decision.kind === 'edit' ? decision.until : undefined;
}
