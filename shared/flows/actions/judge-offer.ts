import { formatTime } from '../../chat/times.ts';
import type { LoadedIncident } from '../../domain/incident.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Offer } from '../../domain/remedy/offer.ts';

/** Whether an offer may still be taken; else a sentence for the one who pressed. Pure. */
export function judgeOffer<Stored extends Offer>(
  offer: Stored | undefined,
  loaded: LoadedIncident | undefined,
  now: Instant,
):
  | { readonly kind: 'open'; readonly offer: Stored; readonly loaded: LoadedIncident }
  | { readonly kind: 'closed'; readonly why: string } {
  const closed = (why: string) => ({ kind: 'closed', why }) as const;
  if (offer === undefined)
    return closed('This button is not known here: it is of an older message, or was never ours.');
  const taken = takenSentence(offer, now);
  if (taken !== undefined) return closed(taken);
  if (offer.expiresAt <= now) {
    return closed(
      `This button was good until ${formatTime(offer.expiresAt, now)}. If something still fails, the message has a newer one.`,
    );
  }
  if (loaded === undefined) return closed('What this button was for is not known any more: nothing is left to do.');
  const { incident } = loaded;
  // What was done may be taken back after it has helped.
  if (incident.endedAt !== undefined && offer.remedyId !== 'undo') {
    return closed(
      `It is over since ${formatTime(incident.endedAt, now)}: ${ENDINGS[incident.state] ?? 'nothing fails any more'}.`,
    );
  }
  return { kind: 'open', offer, loaded };
}

const ENDINGS: Readonly<Partial<Record<LoadedIncident['incident']['state'], string>>> = {
  recovered: 'the pods run',
  superseded: 'they wait for another image now',
  gone: 'what failed was deleted',
};

/** Who was first, when, and what became of it; `undefined` while nobody was. */
export function takenSentence({ state, claim, endedAt, why }: Offer, now: Instant): string | undefined {
  if (state === 'offered') return undefined;
  const who = claim === undefined ? 'Somebody' : claim.by === 'policy' ? 'The policy' : claim.by.name;
  const when = claim === undefined ? '' : ` at ${formatTime(claim.at, now)}`;
  switch (state) {
    case 'claimed':
    case 'applying':
      return `${who} confirmed this${when}, and it is under way: the message tells how it goes.`;
    case 'applied':
      return `${who} did this already${when}: the message tells whether it helped.`;
    case 'stopped': {
      const end = endedAt === undefined ? '' : ` at ${formatTime(endedAt, now)}`;
      return `${who} confirmed this${when}, and it stopped${end}${why === undefined ? '.' : `: ${why}`}`;
    }
  }
}
