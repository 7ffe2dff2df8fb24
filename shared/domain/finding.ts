import type { Instant } from './instant.ts';

/**
 * A promise: `certain` = proven by a fact that was checked, `likely` = the text says so, `possible` = consistent with it.
 * A wrong `certain` is a bug of the first rank.
 */
export type Confidence = 'certain' | 'likely' | 'possible';

/** One thing known, how it is known and when it was seen. */
export interface Evidence {
  readonly text: string;
  /** Where from: `waiting message`, `event`, `secret shop/ecr-creds`, `expiry written in the token`, `node status`. */
  readonly source: string;
  readonly at?: Instant | undefined;
  /** The runtime's own words: what is known beside them comes first where room is short. */
  readonly isQuote?: boolean | undefined;
}

/** A fix in words, with the exact commands where there are any (each already quoted for a shell). */
export interface Fix {
  readonly id: string;
  readonly title: string;
  readonly commands: readonly string[];
  /** `now` helps this failure; `lasting` keeps it from coming back. */
  readonly kind: 'now' | 'lasting';
}

/**
 * Whether waiting can heal it. `no`: never (bad name, platform, 401/403, missing secret, x509); `perhaps`: a tag or
 * digest may be pushed still; `yes`: 429, 5xx, timeout, reset, DNS, QPS.
 */
export type HealsByWaiting = 'no' | 'perhaps' | 'yes';

/** What one cause said of one failure: plain data, as stored and rendered. */
export interface Finding {
  readonly causeId: string;
  readonly detail?: string | undefined;
  readonly confidence: Confidence;
  readonly family: string;
  /** What a repair would touch: incidents gather by (cluster, family, subject). */
  readonly subject: string;
  readonly title: string;
  /** Ends the first line: at most 70 characters, no digest, no host, no link, no markup: `tag v1.2.33 does not exist`. */
  readonly phrase: string;
  readonly healsByWaiting: HealsByWaiting;
  readonly evidence: readonly Evidence[];
  readonly fixes: readonly Fix[];
  /** Repository path of the cause's page. */
  readonly docs: string;
}
