import * as z from 'zod/mini';
import type { Danger } from '../../domain/remedy/proposal.ts';

/**
 * What a dialog keeps with itself (`private_metadata`). Slack hands it back as it is and lets nobody change it; it holds
 * ids and a hash, never a credential.
 */
export interface DialogState {
  /** Of a remedy's dialog. */
  readonly offerId?: string | undefined;
  /** Of the plan that it shows; set once there is one to confirm. */
  readonly planHash?: string | undefined;
  readonly choice?: string | undefined;
  /** What its list of choices stands at, chosen or not. */
  readonly shownChoice?: string | undefined;
  /** Of the plan that it shows: what policy is asked about at the confirmation. */
  readonly pods?: number | undefined;
  readonly danger?: Danger | undefined;
  /** What must be typed to confirm. */
  readonly typedName?: string | undefined;
  /** Channel in which the button was pressed: a click inside of a dialog has none. */
  readonly channelId?: string | undefined;
  /** Of `not-it`. */
  readonly incidentId?: string | undefined;
}

/** Slack's limit of `private_metadata`. */
const MAX_CHARACTERS = 3_000;

const Id = z.string().check(z.minLength(1), z.maxLength(255));

const State = z.object({
  offerId: z.optional(Id),
  planHash: z.optional(z.string()),
  choice: z.optional(z.string()),
  shownChoice: z.optional(z.string()),
  pods: z.optional(z.number()),
  danger: z.optional(z.enum(['safe', 'careful', 'dangerous'])),
  typedName: z.optional(z.string()),
  channelId: z.optional(Id),
  incidentId: z.optional(Id),
});

/** @throws {RangeError} for a state that no dialog can keep: every part of it has a limit far below */
export function writeDialogState(state: DialogState): string {
  const text = JSON.stringify(state);
  if (text.length > MAX_CHARACTERS) throw new RangeError(`a dialog's state of ${text.length} characters`);
  return text;
}

/** `undefined` for what no dialog of ours ever kept. */
export function parseDialogState(text: string): DialogState | undefined {
  try {
    return State.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
