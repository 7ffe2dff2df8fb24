import type { Instant } from '../instant.ts';
import type { Actor } from './actor.ts';
import type { Applied } from './change.ts';
import type { Plan } from './plan.ts';
import type { RemedyId } from './proposal.ts';

/**
 * - `offered`: a button shows it · `claimed`: somebody confirmed, nothing is done yet · `applying`: change `step` is next
 * - ended: `applied`, or `stopped` (the plan or an object changed, or it was refused: `why` says it)
 *
 * A claim whose plan turns out to have changed goes back to `offered`: nothing was done, the button stays good.
 */
export type OfferState = 'offered' | 'claimed' | 'applying' | 'applied' | 'stopped';

/** What a button stands for. The button holds its id and nothing else. */
export interface Offer {
  /** Opaque; the same for the same remedy of the same incident, channel and round. */
  readonly id: string;
  readonly incidentId: string;
  readonly cluster: string;
  readonly remedyId: RemedyId;
  /** Of the incident; `undefined` = all. A team's channel sees and repairs its own. */
  readonly namespaces: readonly string[] | undefined;
  /** Of an automatic use: these members alone, by key. `undefined` = all that the remedy fits. */
  readonly members?: readonly string[] | undefined;
  /** As routed: where its message stands; empty for an automatic use, which no button shows. */
  readonly channel: string;
  /** Of `undo`: the offer that it takes back. */
  readonly undoes: string | undefined;
  readonly offeredAt: Instant;
  /** From then on it is not taken any more; the message then has a newer one. */
  readonly expiresAt: Instant;
  readonly state: OfferState;
  readonly claim:
    | {
        /** `policy`: nobody pressed, mode `auto` allowed it. */
        readonly by: Actor | 'policy';
        readonly at: Instant;
        /** Of what was shown and confirmed: `planHash`. */
        readonly planHash: string;
        readonly choice: string | undefined;
        /** The rule that allowed it, as it is named in the configuration. */
        readonly rule: string;
        /** Channel in which it was pressed: a rule may allow whoever is there. */
        readonly channelId?: string | undefined;
        /** The dialog, so that it can tell the end. */
        readonly viewId: string | undefined;
      }
    | undefined;
  /** As confirmed; set before the first change is made. */
  readonly plan: Plan | undefined;
  /** Index of the change that is next. */
  readonly step: number;
  /** One for each change that was tried. */
  readonly results: readonly Applied[];
  readonly endedAt: Instant | undefined;
  /** Why it stopped, as a sentence. */
  readonly why: string | undefined;
  /** Who works on it, until when nobody else may: the job's message. A re-delivery of it goes on at once. */
  readonly worker?: { readonly id: string; readonly until: Instant } | undefined;
  /** How often a worker began or went on with it. */
  readonly tries?: number | undefined;
}

/** How long a button is good. */
export const OFFER_LIFE_MS = 7 * 24 * 3_600_000;
/** When the sweeper asks for a claimed offer again, should nobody have ended it: longer than a worker takes. */
export const STUCK_AFTER_MS = 60_000;
