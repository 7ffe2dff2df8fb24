import type { LimitsConfig } from '../config/config.ts';
import { muteInForce } from '../domain/incident/mute-in-force.ts';
import type { Publication } from '../domain/incident.ts';
import type { Instant } from '../domain/instant.ts';
import type { RemedyRun } from '../domain/remedy/run.ts';
import { graceOf } from './grace.ts';
import { dotRank } from './harm.ts';
import type { IncidentView } from './incident-view.ts';

/** At most one reply that buzzes an hour and incident. */
const BROADCAST_EVERY_MS = 60 * 60_000;

const MUTED = 'somebody muted it';

/** Why a reply is broadcast. */
export type BuzzReason = 'worse' | 'reopened';

/** What to do about one incident in one channel, and why: data, so that it can be tested and logged. */
export type NotificationDecision =
  /** The first post. `digest` and `roll-up` stand in the thread of a message that gathers several and buzz nobody. */
  | { readonly kind: 'post'; readonly into: 'channel' | 'digest' | 'roll-up'; readonly reason: string }
  /** Edits notify nobody. `owes`: a reply is due that the hourly limit holds back until `until`. */
  | {
      readonly kind: 'edit';
      readonly owes: BuzzReason | undefined;
      readonly until: Instant | undefined;
      readonly reason: string;
    }
  /** An edit, and one reply that is shown in the channel. */
  | { readonly kind: 'broadcast'; readonly why: BuzzReason; readonly reason: string }
  | { readonly kind: 'wait'; readonly until: Instant; readonly reason: string }
  | { readonly kind: 'nothing'; readonly reason: string };

export interface NotificationInput {
  readonly view: IncidentView;
  /** What stands in the channel; `undefined` when nothing does. */
  readonly publication: Publication | undefined;
  /** `<hash of the substance>.<hash of everything>` of what would stand there now. */
  readonly contentHash: string;
  readonly limits: LimitsConfig;
  readonly now: Instant;
}

/** Post, edit, buzz, wait or be silent. Pure: the same input gives the same answer. */
export function decideNotification(input: NotificationInput): NotificationDecision {
  return input.publication === undefined ? decideFirst(input) : decideAgain(input, input.publication);
}

/** The budget of a channel: what comes on top of it goes into the hour's roll-up. `count` includes this buzz. */
export function withinBudget(
  decision: Extract<NotificationDecision, { kind: 'post' }>,
  count: number,
  limits: LimitsConfig,
): Extract<NotificationDecision, { kind: 'post' }> {
  if (decision.into !== 'channel' || count <= limits.buzzesPerHour) return decision;
  return { ...decision, into: 'roll-up', reason: `${limits.buzzesPerHour} buzzes in this channel and hour already` };
}

function decideFirst({ view, limits, now }: NotificationInput): NotificationDecision {
  if (view.failing.length === 0) return decideHealed(view, now);
  const muted = muteInForce(view.incident, now)?.until;
  if (muted !== undefined) return { kind: 'wait', until: muted, reason: MUTED };
  const grace = graceOf(view, limits, now);
  if (grace.until > now) return { kind: 'wait', until: grace.until, reason: grace.reason };
  if (view.isDigest) return { kind: 'post', into: 'digest', reason: 'not prod, and no route asks for a post' };
  return { kind: 'post', into: 'channel', reason: grace.reason };
}

/** What healed by itself is no news; what pullmedic wrote into a cluster by itself is told once it is proven. */
function decideHealed(view: IncidentView, now: Instant): NotificationDecision {
  const isOwnWork = view.repair?.state === 'proven' || view.runs.some(isProvenByItself);
  if (view.ending !== 'recovered' || !isOwnWork) {
    return { kind: 'nothing', reason: 'healed before anything was posted' };
  }
  if (muteInForce(view.incident, now) !== undefined) return { kind: 'nothing', reason: MUTED };
  const isMuted = view.members.every(({ routing }) => (routing.muteUntil ?? 0) > now);
  if (isMuted && view.incident.from !== 'alert') return { kind: 'nothing', reason: 'muted by annotation' };
  return { kind: 'post', into: view.isDigest ? 'digest' : 'channel', reason: 'repaired by itself' };
}

function decideAgain(
  { view, contentHash, limits, now }: NotificationInput,
  publication: Publication,
): NotificationDecision {
  if (view.incident.revision < publication.publishedRevision) {
    return { kind: 'nothing', reason: 'something newer stands there' };
  }
  const buzz = dueBuzz(view, publication);
  if (buzz === 'reopened') {
    // It stands there as repaired, and is being repaired again.
    const grace = graceOf(view, limits, now);
    if (grace.isProof === true && grace.until > now) return { kind: 'wait', until: grace.until, reason: grace.reason };
  }
  if (buzz !== undefined) {
    const again = (publication.lastBroadcastAt ?? Number.NEGATIVE_INFINITY) + BROADCAST_EVERY_MS * limits.timeScale;
    const muted = muteInForce(view.incident, now)?.until;
    // Muted is quiet, also for the worse; what is still worse when that ends is told then.
    const free = Math.max(again, muted ?? again);
    if (free <= now) return { kind: 'broadcast', why: buzz, reason: buzz };
    const reason = muted === free ? `${buzz}, but ${MUTED}` : `${buzz}, but a reply was broadcast within the hour`;
    if (publication.contentHash === contentHash) return { kind: 'wait', until: free, reason };
    return { kind: 'edit', owes: buzz, until: free, reason };
  }
  if (publication.contentHash === contentHash) return { kind: 'nothing', reason: 'it stands there already' };
  const nextCountEdit = publication.editedAt + limits.countEditSeconds * 1_000 * limits.timeScale;
  if (substance(publication.contentHash) === substance(contentHash) && nextCountEdit > now) {
    return { kind: 'wait', until: nextCountEdit, reason: 'only counts changed' };
  }
  return { kind: 'edit', owes: undefined, until: undefined, reason: 'the content changed' };
}

/** Worse than what stands there, failing again after its end, or a reply that is owed since then. */
function dueBuzz(view: IncidentView, publication: Publication): BuzzReason | undefined {
  // Later runs of a job count up, and the digest never buzzes.
  if (view.ending !== undefined || view.failing.length === 0 || view.isDigest) return undefined;
  if (publication.dot === 'green') return view.isJobsOnly ? undefined : 'reopened';
  const change = dotRank(view.dot) - dotRank(publication.dot);
  if (change > 0) return 'worse';
  return change < 0 ? undefined : publication.owes;
}

function isProvenByItself({ by, state }: RemedyRun): boolean {
  return by === 'policy' && state === 'verified';
}

function substance(hash: string): string {
  return hash.split('.')[0] ?? hash;
}
