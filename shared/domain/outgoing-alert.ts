import type { Instant } from './instant.ts';

/** Name of the alert that pullmedic posts back, and reason of its Events. */
export const DIAGNOSED = 'ImagePullDiagnosed';

export type AlertLabels = Readonly<Record<string, string>>;

/** An alert as Alertmanager's API v2 takes it. Its labels are its identity. */
export interface OutgoingAlert {
  readonly labels: AlertLabels;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: Instant;
  /** In the future: it fires until then unless it is sent again. Now or before: it is resolved. */
  readonly endsAt: Instant;
}

/** One condition of a silence; a label that is absent counts as empty. */
export interface SilenceMatcher {
  readonly name: string;
  readonly value: string;
  readonly isRegex: boolean;
  /** `false`: the alert must not match. */
  readonly isEqual: boolean;
}

/** A silence that is in force. */
export interface Silence {
  readonly matchers: readonly SilenceMatcher[];
  readonly endsAt: Instant;
}
