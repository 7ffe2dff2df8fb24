/** Every remedy, by the id that policies and the audit name. Their order is that of the catalogue. */
export const REMEDY_IDS = [
  'refresh-pull-secret',
  'attach-pull-secret',
  'roll-back',
  'pin-digest',
  'correct-image',
  'retry-now',
  'silence-alert',
  'undo',
] as const;
export type RemedyId = (typeof REMEDY_IDS)[number];

/** What a dialog lets people choose from: tags, durations, secrets. */
export interface Choice {
  readonly value: string;
  readonly label: string;
}

/**
 * How much harm it may do. `safe`: nothing that runs is touched · `careful`: a rollout or a shared object ·
 * `dangerous`: something that serves may stop: the workload's name is typed.
 */
export type Danger = 'safe' | 'careful' | 'dangerous';

/** What a look found could be done about one member: the remedy, in words for its button. The exact plan comes later. */
export interface Proposal {
  readonly remedyId: RemedyId;
  /** Verb and object, at most 40 characters, without `…`: `Roll back to v1.2.2`. */
  readonly label: string;
  readonly danger: Danger;
  /** Preselected and others, best first; none where there is nothing to choose. */
  readonly choices: readonly Choice[];
  /** Smaller is offered first: what is safest and helps surest. */
  readonly rank: number;
  /**
   * Set where the workload is written from Git and would undo the change: what to change there, as text to copy. There is
   * no button that acts, but one that shows this.
   */
  readonly gitFix?: string | undefined;
  /** Shown before it is done: `Argo CD app shop-prod is synced by hand: the next sync undoes it`. */
  readonly warning?: string | undefined;
}
