import type { Danger, RemedyId } from '../domain/remedy/proposal.ts';

/** A button that opens the dialog of a remedy. */
export interface OfferButton {
  readonly offerId: string;
  readonly remedyId: RemedyId;
  /** Verb and object, without `…`. */
  readonly label: string;
  readonly danger: Danger;
}

/** What the buttons of a message stand for; their number and order on it is the renderer's. */
export interface OfferButtons {
  /** Best first. */
  readonly acting: readonly OfferButton[];
  /** Something must be changed in Git, where a change in the cluster would be undone. */
  readonly hasGitFix: boolean;
  readonly silence: OfferButton | undefined;
  readonly undo: OfferButton | undefined;
  /** Why there is no acting button although something would fit. */
  readonly lack: 'no-rule' | 'advise-only' | undefined;
}

/** No remedy is offered: those about the message itself are there all the same. */
export const NO_BUTTONS: OfferButtons = {
  acting: [],
  hasGitFix: false,
  silence: undefined,
  undo: undefined,
  lack: undefined,
};
