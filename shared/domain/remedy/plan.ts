import type { Change } from './change.ts';
import type { Choice, Danger, RemedyId } from './proposal.ts';

/** Exactly what a remedy would do now, and what people should know before they confirm it. */
export interface Plan {
  readonly remedyId: RemedyId;
  /** As on the button. */
  readonly label: string;
  readonly danger: Danger;
  /** In the order in which they are made; never empty. */
  readonly changes: readonly Change[];
  /** Who is touched, in sentences: `3 pods in shop/checkout restart; 3 of 3 old pods keep serving meanwhile`. */
  readonly radius: readonly string[];
  /** What else to know: `revision 41 also had other settings: only the image goes back`. */
  readonly warnings: readonly string[];
  readonly choices: readonly Choice[];
  /** The chosen value; `undefined` where there is nothing to choose. */
  readonly choice: string | undefined;
  /** Keys of the members that should run afterwards: what the looks prove. */
  readonly members: readonly string[];
  /** How many pods restart or are deleted: held against `maxPods` of the policy. */
  readonly pods: number;
}

/** A remedy that fits no more, or is not allowed here: a sentence for the one who pressed. */
export interface NoPlan {
  readonly refused: string;
}
